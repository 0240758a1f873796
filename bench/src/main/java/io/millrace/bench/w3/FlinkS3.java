package io.millrace.bench.w3;

import io.millrace.bench.race.Place;
import io.millrace.testserver.s3.S3Server;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.DefaultPluginManager;
import org.apache.flink.core.plugin.DirectoryBasedPluginFinder;

/** Flink's own S3 file system, as the plugin that it has to be: it brings a Hadoop of its own. */
final class FlinkS3 {
  private static final String JAR = "flink-s3.classpath";

  private FlinkS3() {}

  /** Lets this process write to {@code s3://}. */
  static void open(Place place) throws IOException {
    Path plugins = place.folder().resolve("plugins");
    Files.createSymbolicLink(
        Files.createDirectories(plugins.resolve("s3")).resolve("flink-s3-fs-hadoop.jar"), jar());
    Configuration configuration = new Configuration();
    configuration.setString("s3.endpoint", place.store());
    configuration.setString("s3.path.style.access", "true");
    configuration.setString("s3.access-key", S3Server.ACCESS_KEY_ID);
    configuration.setString("s3.secret-key", S3Server.SECRET_ACCESS_KEY);
    FileSystem.initialize(
        configuration,
        new DefaultPluginManager(
            new DirectoryBasedPluginFinder(plugins).findPlugins(),
            CoreOptions.getPluginParentFirstLoaderPatterns(configuration)));
  }

  private static Path jar() throws IOException {
    try (InputStream path = FlinkS3.class.getClassLoader().getResourceAsStream(JAR)) {
      if (path == null) {
        throw new FileNotFoundException("Cannot find Flink's S3 file system: no " + JAR);
      }
      return Path.of(new String(path.readAllBytes(), StandardCharsets.UTF_8).strip());
    }
  }
}
