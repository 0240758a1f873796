package io.millrace.registry.server;

/** The answer to one {@link RegistryRequest}. */
public record RegistryResponse(int status, String contentType, byte[] body) {}
