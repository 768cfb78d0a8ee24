import { statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FetchFailure } from "../../../host/fetch-failure.ts";
import { PeerAgent } from "../../../team/peers/agent.ts";
import { tlsOptions } from "../../../team/peers/handshake.ts";
import type { PresentPeer } from "../../../team/peers/present.ts";
import { peerSource } from "../../../team/peers/source.ts";
import { artifactOf, contentOf, createPeerLab, type PeerMachine, randomContent } from "../../support/peer-lab.ts";

let lab: ReturnType<typeof createPeerLab>;
let me: PeerMachine;
let bob: PeerMachine;
let carol: PeerMachine;
beforeEach(() => {
  lab = createPeerLab();
  [me, bob, carol] = ["alice", "bob", "carol"].map((name) => lab.machine(name)) as [
    PeerMachine,
    PeerMachine,
    PeerMachine,
  ];
  for (const machine of [me, bob, carol])
    for (const { name, key } of [me, bob, carol]) machine.members.set(name, key.open);
});
afterEach(() => lab.close());

/** The bytes, by whoever has them, into a file; and what went wrong on the way, in order. */
async function fetched(peers: readonly PresentPeer[], content: Buffer, as = me, path = join(lab.folder, "part")) {
  const failures: [string, FetchFailure["reason"]][] = [];
  let counted = 0;
  const source = peerSource({
    shown: as.shown,
    peers,
    signal: new AbortController().signal,
    connectMs: 2000,
    stallMs: 400,
    onFailure: ({ name }, { reason }) => void failures.push([name, reason]),
  });
  const done = await source(artifactOf(content), path, (count) => {
    counted += count;
  });
  return { done, failures, counted, path, source };
}

/** A machine's server as it is asked below omg's own client: the whole answer, as far as it says anything. */
async function asked(
  peer: PresentPeer,
  path: string,
  options: { readonly method?: string; readonly range?: string } = {},
) {
  const agent = new PeerAgent({ place: peer, shown: me.shown, members: [peer], limitMs: 2000 });
  try {
    return await new Promise<{ status: number | undefined; headers: object; body: string }>((resolve, reject) => {
      const { method = "GET", range } = options;
      const headers = range === undefined ? {} : { range };
      const question = request({ agent, host: peer.address, port: peer.port, path, method, headers }, (answer) => {
        let body = "";
        answer.on("data", (piece: Buffer) => {
          body += piece.toString("latin1");
        });
        answer.on("end", () => {
          const { date: _, ...rest } = answer.headers;
          resolve({ status: answer.statusCode, headers: rest, body });
        });
      });
      question.on("error", reject);
      question.end();
    });
  } finally {
    agent.destroy();
  }
}

describe("fetching from a teammate", () => {
  it("brings what the lock names, from the byte that is missing", async () => {
    const content = randomContent();
    bob.named.add(bob.has(content));
    const peer = await bob.serve();
    const whole = await fetched([peer], content);
    expect(whole).toMatchObject({ done: true, failures: [], counted: content.length });
    expect(contentOf(whole.path)?.equals(content)).toBe(true);
    const rest = await asked(peer, `/1/sha256/${artifactOf(content).sha256}`, { range: "bytes=299000-" });
    expect(rest).toMatchObject({ status: 206, headers: { "content-range": "bytes 299000-299999/300000" } });
    expect(Buffer.from(rest.body, "latin1").equals(content.subarray(299_000))).toBe(true);
  });

  it("brings everything, though more is asked for at once than one teammate sends at once", async () => {
    const contents = Array.from({ length: 24 }, () => randomContent());
    for (const content of contents) bob.named.add(bob.has(content));
    const source = peerSource({
      shown: me.shown,
      peers: [await bob.serve()],
      signal: new AbortController().signal,
      onFailure: () => expect.unreachable(),
    });
    const done = await Promise.all(
      contents.map((content, index) => source(artifactOf(content), join(lab.folder, `part-${index}`), () => undefined)),
    );
    expect(done).toEqual(contents.map(() => true));
  });

  it("is answered with one and the same nothing for whatever the lock does not name", async () => {
    const [secret, named] = [randomContent(), randomContent()];
    bob.named.add(artifactOf(named).sha256); // named, and not here
    const held = bob.has(secret); // here, and not named
    const peer = await bob.serve();
    const nothing = await asked(peer, `/1/sha256/${"a".repeat(64)}`);
    expect(nothing).toMatchObject({ status: 404, body: "" });
    const others = [
      held,
      artifactOf(named).sha256,
      held.toUpperCase(),
      `${held}/`,
      `..%2f${held}`,
      "../../../etc/passwd",
      "",
    ];
    for (const path of [...others.map((each) => `/1/sha256/${each}`), "/", "/2/hello", "/1/sha256"])
      expect(await asked(peer, path)).toEqual(nothing);
    bob.named.add(held);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect(await asked(peer, `/1/sha256/${held}`, { method })).toEqual(nothing);
    expect(await fetched([peer], randomContent())).toMatchObject({ done: false, failures: [] });
  });

  it("goes on from peer to peer where one leaves in the middle", async () => {
    const content = randomContent();
    const sent = 150_000;
    const leaving = await bob.serveOddly((_question, answer) => {
      answer.writeHead(200, { "content-length": content.length });
      answer.write(content.subarray(0, sent), () => answer.destroy());
    });
    const ranges: (string | undefined)[] = [];
    const staying = await carol.serveOddly((question, answer) => {
      ranges.push(question.headers.range);
      const start = Number(/\d+/.exec(question.headers.range ?? "")?.[0] ?? 0);
      const length = { "content-length": content.length - start };
      if (start === 0) answer.writeHead(200, length);
      else
        answer.writeHead(206, { ...length, "content-range": `bytes ${start}-${content.length - 1}/${content.length}` });
      answer.end(content.subarray(start));
    });
    // By themselves, so that it is known who is asked first.
    const first = await fetched([leaving], content);
    expect(first).toMatchObject({ done: false, failures: [["bob", "truncated"]], counted: 0 });
    const came = statSync(first.path).size;
    expect(came).toBeGreaterThan(0);
    const second = await fetched([staying], content);
    expect(second).toMatchObject({ done: true, failures: [], counted: content.length });
    expect(ranges).toEqual([`bytes=${came}-`]);
    expect(contentOf(second.path)?.equals(content)).toBe(true);
  });
});

describe("a lying peer", () => {
  const content = randomContent();
  const odd: readonly (readonly [string, FetchFailure["reason"], Parameters<PeerMachine["serveOddly"]>[0]])[] = [
    ["other bytes", "wrong-hash", (_, answer) => void answer.end(randomContent())],
    ["a few more bytes", "too-long", (_, answer) => void answer.end(randomContent(300_001))],
    [
      "endless bytes",
      "too-long",
      (_, answer) => {
        const more = () =>
          void (answer.write(randomContent(100_000)) ? setImmediate(more) : answer.once("drain", more));
        more();
      },
    ],
    [
      "bytes that trickle",
      "too-slow",
      (_, answer) => {
        const timer = setInterval(() => answer.write("x"), 50);
        answer.once("close", () => clearInterval(timer));
      },
    ],
    ["no bytes", "stalled", () => undefined],
    [
      "another address",
      "redirect",
      (_, answer) => void answer.writeHead(302, { location: "https://omg.test/x" }).end(),
    ],
    ["a part nobody asked for", "http-status", (_, answer) => void answer.writeHead(206).end("x")],
  ];
  it.each(odd)("with %s is left out, and the honest one delivers", async (_, reason, lie) => {
    const liar = await bob.serveOddly(lie);
    carol.named.add(carol.has(content));
    const honest = await carol.serve();
    const alone = await fetched([liar], content, me, join(lab.folder, "alone"));
    expect(alone).toMatchObject({ done: false, counted: 0 });
    expect(alone.failures).toEqual([["bob", reason]]);
    const both = await fetched([liar, honest], content);
    expect(both.done).toBe(true);
    expect(contentOf(both.path)?.equals(content)).toBe(true);
    // It was left out: in the same run, nobody asks it again.
    const again = await alone.source(artifactOf(content), join(lab.folder, "again"), () => undefined);
    expect([again, alone.failures.length]).toEqual([false, 1]);
  });

  it("that sends a wrong beginning and leaves costs only the beginning", async () => {
    const liar = await bob.serveOddly((_, answer) => {
      answer.writeHead(200, { "content-length": content.length });
      answer.write(randomContent(100_000), () => answer.destroy());
    });
    carol.named.add(carol.has(content));
    await fetched([liar], content);
    const { done, failures, path } = await fetched([await carol.serve()], content);
    expect([done, failures]).toEqual([true, []]);
    expect(contentOf(path)?.equals(content)).toBe(true);
  });
});

describe("who is no member", () => {
  const content = randomContent();
  beforeEach(() => void bob.named.add(bob.has(content)));

  it("gets nothing: a stranger, a member that was removed, an old key, and the machine's own", async () => {
    const peer = await bob.serve();
    const mallory = lab.machine("mallory");
    expect(await fetched([peer], content, mallory)).toMatchObject({ done: false });
    expect(await fetched([peer], content, bob)).toMatchObject({ done: false });
    expect(await fetched([peer], content)).toMatchObject({ done: true });
    bob.members.set("alice", mallory.key.open); // alice has a new key
    const path = join(lab.folder, "later");
    expect(await fetched([peer], content, me, path)).toMatchObject({ done: false });
    expect(await fetched([peer], content, mallory, path)).toMatchObject({ done: true });
    bob.members.delete("alice");
    expect(await fetched([peer], content, mallory, join(lab.folder, "last"))).toMatchObject({ done: false });
  });

  it("is cut off in the middle of a connection once the team has taken it out", async () => {
    const peer = await bob.serve();
    const agent = new PeerAgent({ place: peer, shown: me.shown, members: [peer], limitMs: 2000 });
    const hello = () =>
      new Promise<number | undefined>((resolve) => {
        const question = request({ agent, host: peer.address, port: peer.port, path: "/1/hello" }, (answer) => {
          answer.resume().once("end", () => resolve(answer.statusCode));
        });
        question.once("error", () => resolve(undefined));
        question.end();
      });
    expect(await hello()).toBe(200);
    bob.members.delete("alice");
    expect(await hello()).toBeUndefined();
    agent.destroy();
  });

  it("is not asked anything: another key at a peer's place", async () => {
    const questions: (string | undefined)[] = [];
    const impostor = await lab.machine("mallory").serveOddly(({ url }, answer) => {
      questions.push(url);
      answer.end();
    });
    const { done, failures } = await fetched([{ ...impostor, name: "bob", key: bob.key.open }], content);
    expect([done, failures, questions]).toEqual([false, [["bob", "certificate"]], []]);
  });

  it.each([
    ["no certificate", {}],
    ["an older TLS", { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }],
  ] as const)("is cut off with %s", async (name, options) => {
    const peer = await bob.serve();
    const shown = name === "no certificate" ? { rejectUnauthorized: false } : tlsOptions(me.shown);
    const heard = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect({ host: peer.address, port: peer.port, ...shown, ...options });
      socket.on("error", () => undefined);
      socket.on("secureConnect", () => socket.write("GET /1/hello HTTP/1.1\r\nhost: x\r\n\r\n"));
      socket.on("data", (piece: Buffer) => {
        text += piece.toString();
      });
      socket.once("close", () => resolve(text));
    });
    expect(heard).toBe("");
  });
});
