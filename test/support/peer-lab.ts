import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openStore, type Store } from "../../reconciler/store.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import { ensureHostKey, type HostKey } from "../../team/host-key.ts";
import { type Shown, shownKey } from "../../team/peers/certificate.ts";
import { tlsOptions } from "../../team/peers/handshake.ts";
import type { Offer } from "../../team/peers/offer.ts";
import type { PresentPeer } from "../../team/peers/present.ts";
import { type PeerServer, servePeers } from "../../team/peers/serve.ts";
import { throttleOf } from "../../team/peers/throttle.ts";

/** A machine with a key and a store; what it serves, and whom, is the test's to change at any time. */
export interface PeerMachine {
  readonly name: string;
  readonly key: HostKey;
  readonly shown: Shown;
  readonly store: Store;
  /** What its lock names: hex SHA-256. */
  readonly named: Set<string>;
  /** Keys of those whom it knows as members, by name; itself included, as in a team's list. */
  readonly members: Map<string, string>;
  /** What it answers who lacks commits: at first nothing. */
  news: Offer["news"];
  /** Puts bytes into the store. @returns their hash */
  has(bytes: Uint8Array): string;
  /** Serves on the loopback interface with the real server. */
  serve(bytesPerSecond?: number): Promise<PresentPeer>;
  /** As `serve`, with a server that does whatever is wanted, behind the same key. */
  serveOddly(answer: RequestListener): Promise<PresentPeer>;
  stop(): Promise<void>;
}

/** Makes machines in a folder of their own, and removes them all. */
export function createPeerLab() {
  const folder = mkdtempSync(join(tmpdir(), "omg-peers-"));
  const machines: PeerMachine[] = [];
  return {
    folder,
    machine: (name: string): PeerMachine => {
      const made = machineIn(join(folder, name), name);
      machines.push(made);
      return made;
    },
    close: async () => {
      for (const machine of machines) await machine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function machineIn(folder: string, name: string): PeerMachine {
  mkdirSync(folder, { recursive: true });
  const key = ensureHostKey(folder);
  const shown = shownKey(key.privateKey);
  const store = openStore(join(folder, "store"));
  const named = new Set<string>();
  const members = new Map<string, string>();
  const running: { close(): Promise<void> }[] = [];
  const others = () =>
    [...members].map(([each, open]) => ({ name: each, key: open })).filter(({ key: open }) => open !== key.open);
  const present = ({ port }: Pick<PeerServer, "port">): PresentPeer => ({
    name,
    key: key.open,
    address: "127.0.0.1",
    port,
  });
  const machine: PeerMachine = {
    name,
    key,
    shown,
    news: async () => undefined,
    store,
    named,
    members,
    has: (bytes) => {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      mkdirSync(dirname(store.path(sha256)), { recursive: true });
      if (existsSync(store.path(sha256))) chmodSync(store.path(sha256), 0o644);
      writeFileSync(store.path(sha256), bytes);
      return sha256;
    },
    serve: async (bytesPerSecond) => {
      const server = await servePeers({
        shown,
        address: "127.0.0.1",
        port: 0,
        offer: () => ({
          members: others(),
          names: (sha256) => named.has(sha256),
          path: store.path,
          word: { channel: "c".repeat(16), commit: "c".repeat(40) },
          news: (known) => machine.news(known),
          hears: () => undefined,
        }),
        isOnLink: (address) => address.startsWith("127."),
        connections: 32,
        throttle: throttleOf(bytesPerSecond),
      });
      running.push(server);
      return present(server);
    },
    serveOddly: async (answer) => {
      const server = createServer({ ...tlsOptions(shown), requestCert: true }, answer);
      await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
      const close = () =>
        new Promise<void>((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        });
      running.push({ close });
      return present({ port: (server.address() as AddressInfo).port });
    },
    stop: async () => {
      for (const server of running.splice(0)) await server.close();
    },
  };
  return machine;
}

/** Random bytes, so that nothing about them can be guessed. */
export function randomContent(bytes = 300_000): Buffer {
  return randomBytes(bytes);
}

/** What a plan would say of these bytes. */
export function artifactOf(content: Buffer): Artifact {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return {
    address: "apt.thing",
    name: "thing",
    version: "1.0",
    arch: "amd64",
    sha256,
    size: content.length,
    urls: [],
    filename: "thing.deb",
    origin: "",
    chain: { type: "recorded", evidence: [] },
    role: "install",
  };
}

export function contentOf(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}
