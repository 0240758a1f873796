package io.millrace.registry.server;

import java.util.Map;

/** One record of {@code _schemas}: what it does to the state. */
sealed interface RegistryChange {
  /** Sets one version of a subject. */
  record PutSchema(StoredSchema schema) implements RegistryChange {}

  /** Removes one version for good. */
  record RemoveSchema(SubjectName subject, int version) implements RegistryChange {}

  /** Marks the subject's versions up to this one as deleted. */
  record DeleteSubject(SubjectName subject, int lastVersion) implements RegistryChange {}

  /** Removes the versions marked as deleted of every subject that the scope covers. */
  record ClearSubjects(SubjectName scope) implements RegistryChange {}

  /** Sets the configuration of a subject or a context. */
  record PutConfig(SubjectName scope, SubjectConfig config) implements RegistryChange {}

  record RemoveConfig(SubjectName scope) implements RegistryChange {}

  record PutMode(SubjectName scope, Mode mode) implements RegistryChange {}

  record RemoveMode(SubjectName scope) implements RegistryChange {}

  /** Says that the context has been used. */
  record PutContext(String context) implements RegistryChange {}

  record RemoveContext(String context) implements RegistryChange {}

  /**
   * Says which id was the highest ever given in each context, lest the id of a removed schema is
   * given again.
   */
  record HighestIds(Map<String, Integer> byContext) implements RegistryChange {
    public HighestIds {
      byContext = Map.copyOf(byContext);
    }
  }
}
