package io.millrace.sql;

import io.millrace.model.Name;
import java.util.OptionalInt;

/** SHOW CONTRACT name [VERSION n]; the newest version unless said. */
public record ShowContract(Name name, OptionalInt version) implements Statement {}
