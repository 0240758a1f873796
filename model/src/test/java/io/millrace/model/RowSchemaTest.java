package io.millrace.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RowSchemaTest {
  private static final Column ID = new Column("id", DataType.BIGINT, Optional.of("which"));
  private static final Column NAME = new Column("Name", DataType.STRING);

  @Test
  void aSchemaTravelsToOtherProcesses() throws Exception {
    RowSchema schema = new RowSchema(List.of(ID, NAME), List.of("id"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(schema);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(schema);
    }
  }

  @Test
  void columnsAreFoundWithoutCase() {
    RowSchema schema = RowSchema.of(ID, NAME);
    assertThat(schema.indexOf("NAME")).isEqualTo(1);
    assertThat(schema.indexOf("nome")).isEqualTo(-1);
  }

  @Test
  void twoColumnsOfOneNameAreRefused() {
    assertThatThrownBy(() -> RowSchema.of(NAME, new Column("name", DataType.INT)))
        .hasMessage("Invalid columns: name is named twice");
  }

  @Test
  void aKeyOfNoColumnIsRefusedWithTheColumnsThereAre() {
    assertThatThrownBy(() -> new RowSchema(List.of(ID), List.of("key")))
        .hasMessage("Invalid primary key: no such column: key");
  }
}
