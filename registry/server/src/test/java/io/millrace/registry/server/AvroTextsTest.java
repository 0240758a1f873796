package io.millrace.registry.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.registry.server.AvroTexts.Strictness;
import io.millrace.registry.server.RegistryChange.PutSchema;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Normal forms, with Confluent's own client as the oracle. */
class AvroTextsTest {
  private static final SubjectName SUBJECT = SubjectName.of("s");

  private static String normalized(
      String text, List<SchemaReference> references, RegistryImage image) {
    return new AvroTexts().parse(SUBJECT, text, references, image, Strictness.NEW, true).text();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'int'",
        "{'type':'int'}",
        "{'p':1,'type':'int','a':{'y':1,'x':[{'d':1,'c':2}]}}",
        "['null','int',{'type':'string','z':1,'b':2}]",
        "{'type':'array','items':{'type':'map','values':'long','q':1},'a':1}",
        "{'fields':[],'o':{'x':2,'y':1},'p':1,'name':'n','type':'record'}",
        "{'type':'record','name':'n','namespace':'a.b','doc':'','aliases':['z','y','c.d'],"
            + "'fields':[{'name':'f','aliases':['h','g'],'type':'int','doc':'','order':'ignore',"
            + "'default':1,'z':1,'b':2},{'name':'g','type':'string','order':'ascending'}]}",
        "{'type':'record','name':'a.n','fields':[{'name':'next','type':['null','a.n'],"
            + "'default':null},{'name':'m','type':{'type':'map','values':'int'},"
            + "'default':{'z':1,'a':2}}]}",
        "{'type':'enum','name':'e','namespace':'x','symbols':['B','A'],'default':'A','doc':'d'}",
        "{'type':'fixed','size':4,'name':'f','logicalType':'decimal','precision':4,'scale':2}",
        "{'scale':2,'type':'bytes','a':1,'precision':4,'logicalType':'decimal'}",
        "{'type':'bytes','logicalType':'decimal','precision':4}",
        "{'type':'long','logicalType':'timestamp-millis','a':1}",
        "{'type':'record','name':'r','fields':[{'name':'t','logicalType':'date','b':1,'a':2,"
            + "'type':{'type':'int','logicalType':'date'}},"
            + "{'name':'u','type':{'type':'record','name':'in','namespace':'q','fields':["
            + "{'name':'b','type':'bytes','default':'\\u00ff'},"
            + "{'name':'d','type':'double','default':1.5}]}},"
            + "{'name':'v','type':'q.in'}]}",
      })
  void normalFormIsConfluents(String schema) {
    String text = schema.replace('\'', '"');
    assertThat(normalized(text, List.of(), RegistryImage.EMPTY))
        .isEqualTo(new AvroSchema(text).normalize().canonicalString());
  }

  @Test
  void normalFormKeepsReferencesByName() {
    String address =
        "{\"type\":\"record\",\"name\":\"x.Address\",\"fields\":[{\"name\":\"c\",\"type\":\"int\"}]}";
    String person =
        "{\"fields\":[{\"type\":\"x.Address\",\"name\":\"home\"}],\"name\":\"P\",\"b\":1,\"a\":2,"
            + "\"type\":\"record\"}";
    RegistryImage image =
        RegistryImage.EMPTY.with(
            List.of(
                new PutSchema(
                    new StoredSchema(
                        SubjectName.of("address"),
                        1,
                        1,
                        new SchemaContent(
                            "AVRO", address, List.of(), Optional.empty(), Optional.empty()),
                        false,
                        Map.of()))));
    AvroSchema confluents =
        new AvroSchema(
            person,
            List.of(
                new org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka
                    .schemaregistry.client.rest.entities.SchemaReference(
                    "x.Address", "address", 1)),
            Map.of("x.Address", address),
            null);
    assertThat(normalized(person, List.of(new SchemaReference("x.Address", "address", 1)), image))
        .isEqualTo(confluents.normalize().canonicalString())
        .contains("\"type\":\"x.Address\"");
  }
}
