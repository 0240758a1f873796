/** The life of a statement's job: submitted, restored, watched, paused, cancelled, forgotten. */
package io.millrace.flow.job;
