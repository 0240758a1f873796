package io.millrace.dist;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands between Kafka and its clients and keeps requests to commit a transaction from arriving, so
 * that a process can be killed between a checkpoint and its commit.
 */
final class CommitGate implements AutoCloseable {
  /** EndTxn in Kafka's protocol, https://kafka.apache.org/protocol. */
  private static final int END_TRANSACTION = 26;

  private final ServerSocket server;
  private final int kafkaPort;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /** Begins the transactional ids whose commits are held; null while all go through. */
  private String prefix;

  private int let;
  private int passed;
  private int held;

  CommitGate(int kafkaPort) throws IOException {
    this.kafkaPort = kafkaPort;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** From now on lets so many commits of these ids pass, and holds the others. */
  synchronized void hold(String idPrefix, int letPass) {
    prefix = idPrefix;
    let = letPass;
    passed = 0;
    held = 0;
  }

  /** What is held stays so: whoever sent it is dead by now. */
  synchronized void open() {
    prefix = null;
  }

  synchronized int held() {
    return held;
  }

  private synchronized boolean passes(byte[] request) {
    if (prefix == null
        || (request[0] << 8 | request[1]) != END_TRANSACTION
        // The last field says whether it is a commit; an empty set of tags follows.
        || request[request.length - 2] != 1
        || !new String(request, StandardCharsets.ISO_8859_1).contains(prefix)) {
      return true;
    }
    if (passed < let) {
      passed++;
      return true;
    }
    held++;
    return false;
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "commit-gate");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket kafka = new Socket(InetAddress.getLoopbackAddress(), kafkaPort);
        client.setTcpNoDelay(true);
        kafka.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(kafka);
        thread(() -> pump(client, kafka, true));
        thread(() -> pump(kafka, client, false));
      }
    } catch (IOException e) {
      close();
    }
  }

  private void pump(Socket from, Socket to, boolean requests) {
    try (from;
        to) {
      if (requests) {
        requests(from.getInputStream(), to.getOutputStream());
      } else {
        from.getInputStream().transferTo(to.getOutputStream());
      }
    } catch (IOException e) {
      // One side has gone; both are closed now.
      sockets.removeAll(List.of(from, to));
    }
  }

  private void requests(InputStream from, OutputStream to) throws IOException {
    DataInputStream in = new DataInputStream(from);
    DataOutputStream out = new DataOutputStream(to);
    while (true) {
      byte[] request = in.readNBytes(in.readInt());
      if (passes(request)) {
        out.writeInt(request.length);
        out.write(request);
        out.flush();
      }
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new AssertionError("A socket cannot be closed", e);
    }
  }
}
