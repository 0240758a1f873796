package io.millrace.registry.server;

import java.util.Optional;

/** One record of {@code _schemas}: what it does to the state. */
sealed interface RegistryChange {
  /** Sets one version of a subject. */
  record PutSchema(StoredSchema schema) implements RegistryChange {}

  /** Removes one version for good. */
  record RemoveSchema(String subject, int version) implements RegistryChange {}

  /** Marks the subject's versions up to this one as deleted. */
  record DeleteSubject(String subject, int lastVersion) implements RegistryChange {}

  /** Sets the configuration of a subject, or of all where there is none. */
  record PutConfig(Optional<String> subject, SubjectConfig config) implements RegistryChange {}

  record RemoveConfig(Optional<String> subject) implements RegistryChange {}

  /** Says which id was the highest ever given, lest the id of a removed schema is given again. */
  record HighestId(int id) implements RegistryChange {}
}
