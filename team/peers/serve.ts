import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { sendArtifact } from "./body.ts";
import type { Shown } from "./certificate.ts";
import { memberBehind, tlsOptions } from "./handshake.ts";
import { sendNews } from "./news.ts";
import { HELLO, type Offer, SENT_AT_ONCE, WORD_HEADER } from "./offer.ts";
import type { Throttle } from "./throttle.ts";
import { wordIn, wordText } from "./word.ts";

export interface ServeOptions {
  readonly shown: Shown;
  /** IPv4 of the interface to listen on. */
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly offer: () => Offer;
  /** Whether an address is of this interface's own network. */
  readonly isOnLink: (address: string) => boolean;
  /** Connections at a time, from everybody together. */
  readonly connections: number;
  readonly throttle: Throttle;
}

export interface PeerServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Bytes of a request's head. */
const HEAD = 4096;
const HANDSHAKE_MS = 5000;
const REQUEST_MS = 10_000;
const IDLE_MS = 30_000;
/** An answer of nothing takes this long from the question, whatever had to be looked at for it. */
const NOTHING_MS = 20;

/**
 * Serves teammates what the followed lock names and the store has, and nobody anything else: who is not a member is cut off after the
 * handshake, and what is not to be had is one answer, whether it is unnamed, missing, or no question at all.
 * Errors of listening pass.
 */
export async function servePeers(options: ServeOptions): Promise<PeerServer> {
  const { shown, address, port, isOnLink } = options;
  const sending = new Map<string, number>();
  const server = createServer(
    { ...tlsOptions(shown), requestCert: true, handshakeTimeout: HANDSHAKE_MS, maxHeaderSize: HEAD },
    (request, response) => {
      response.on("error", () => undefined); // who asked has left
      answer(request, response, options, sending).catch(() => response.destroy());
    },
  );
  server.headersTimeout = REQUEST_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = IDLE_MS;
  server.maxConnections = options.connections;
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    if (!isOnLink(socket.remoteAddress ?? "")) return socket.destroy();
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("secureConnection", (socket) => {
    if (memberBehind(socket, options.offer().members) === undefined) socket.destroy();
  });
  await new Promise<void>((ready, failed) => {
    server.once("error", failed);
    server.listen({ host: address, port }, () => {
      server.off("error", failed);
      server.on("error", () => undefined);
      ready();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of open) socket.destroy();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeOptions,
  sending: Map<string, number>,
): Promise<void> {
  const asked = performance.now();
  const offer = options.offer();
  // Again for each question: a member that the team took out is out at once.
  const member = memberBehind(request.socket as TLSSocket, offer.members);
  if (member === undefined) return void response.destroy();
  if (request.method === "GET" && request.url === HELLO) return hello(request, response, member.key, offer);
  const busy = sending.get(member.name) ?? 0;
  if (busy >= SENT_AT_ONCE) return void response.writeHead(503, { "retry-after": "1" }).end();
  sending.set(member.name, busy + 1);
  try {
    if (await sendNews(request, response, offer, options.throttle)) return;
    if (await sendArtifact(request, response, offer, options.throttle)) return;
  } finally {
    sending.set(member.name, (sending.get(member.name) ?? 1) - 1);
  }
  await pause(Math.max(0, NOTHING_MS - (performance.now() - asked)));
  response.writeHead(404, { "content-length": 0 }).end();
}

function hello(request: IncomingMessage, response: ServerResponse, key: string, { word, hears }: Offer): void {
  const heard = wordIn(request.headers[WORD_HEADER]);
  if (heard !== undefined) hears(key, heard);
  const text = word === undefined ? "" : wordText(word);
  response.writeHead(200, { "content-type": "text/plain", "content-length": text.length }).end(text);
}
