package io.millrace.interop.spark;

import io.millrace.log.LogSettings;
import io.millrace.registry.RegistrySettings;
import java.io.Serializable;

/** Where the topics and their contracts are. */
record Warehouse(LogSettings log, RegistrySettings registry) implements Serializable {}
