package io.millrace.examples.weblogs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way to a server, which may be cut: connections end in the midst of a request or of its
 * answer, and new ones end at once until it is mended. Where the server does not answer, its
 * clients see their connections end too. Thread-safe.
 */
final class Network implements AutoCloseable {
  private final ServerSocket door;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  /**
   * @param target the server's port on this machine
   */
  Network(int target) throws IOException {
    this.target = target;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread("network-door", this::accept);
  }

  /** The way to the server of a URL on this machine. */
  static Network to(String url) throws IOException {
    return new Network(URI.create(url).getPort());
  }

  private static void thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return door.getLocalPort();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        join(door.accept());
      } catch (IOException e) {
        if (!door.isClosed()) {
          throw new IllegalStateException("Cannot accept connections any more", e);
        }
      }
    }
  }

  private void join(Socket from) throws IOException {
    Socket to;
    try {
      to = new Socket(InetAddress.getLoopbackAddress(), target);
    } catch (IOException e) {
      from.close(); // which tells the client
      return;
    }
    open.add(from);
    open.add(to);
    if (cut) { // asked after they were added, so that none slips through a cut
      end(from, to);
      return;
    }
    thread("network-out", () -> pump(from, to));
    thread("network-back", () -> pump(to, from));
  }

  private void pump(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int length = in.read(buffer); length >= 0 && !cut; length = in.read(buffer)) {
        out.write(buffer, 0, length);
      }
    } catch (IOException e) {
      // One end is gone, and the other learns it by losing its connection: the work of this class.
    } finally {
      end(from, to);
    }
  }

  private void end(Socket... sockets) {
    for (Socket socket : sockets) {
      open.remove(socket);
      try {
        socket.close();
      } catch (IOException e) {
        throw new IllegalStateException("Cannot close a connection", e);
      }
    }
  }

  /** Ends every connection and all that follow. */
  void cut() {
    cut = true;
    end(open.toArray(Socket[]::new));
  }

  boolean isCut() {
    return cut;
  }

  void mend() {
    cut = false;
  }

  @Override
  public void close() throws IOException {
    cut();
    door.close();
  }
}
