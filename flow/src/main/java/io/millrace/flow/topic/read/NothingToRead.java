package io.millrace.flow.topic.read;

import org.apache.flink.api.connector.source.SourceEvent;

/** Tells a reader that, as things are, no partition is its to read: nobody is to wait for it. */
record NothingToRead() implements SourceEvent {}
