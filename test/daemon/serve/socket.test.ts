import { spawn } from "node:child_process";
import { existsSync, lstatSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSocket } from "../../../daemon/serve/socket.ts";
import { frameOf } from "../../../schema/wire/frames.ts";
import type { Packed } from "../../../schema/wire/msgpack.ts";
import { type Question, questionIn } from "../../../schema/wire/questions.ts";
import { temporaryFolder } from "../../host/bundle.ts";
import { connectTo } from "../../support/omgd-client.ts";
import { until } from "../../support/until.ts";

/** Never too slow, where nobody is to be. */
const PATIENT = { longest: 4096, ahead: 1 << 20, slow: 600_000, idle: 600_000 };

interface Options {
  readonly clients?: number;
  readonly manners?: Partial<typeof PATIENT>;
  readonly answer?: (question: Question) => string;
  /** Does something before that. */
  readonly works?: (question: Question, gone: AbortSignal) => Promise<void>;
  /** The same for whatever is asked, one after the other. */
  readonly says?: readonly string[];
}

/** A socket that says what it was asked. */
async function open({ clients = 250, manners = {}, answer = ({ ask }) => ask, works, says }: Options = {}) {
  const path = join(temporaryFolder(), "query.sock");
  const socket = await openSocket(
    { path, mode: 0o666, clients },
    {
      read: questionIn,
      answer: async (question, reply, gone) => {
        await works?.(question, gone);
        for (const each of says ?? [answer(question)]) reply({ answer: each, tier: "files", age: 0, current: true });
      },
      manners: { ...PATIENT, ...manners },
    },
  );
  onTestFinished(() => socket.close());
  return { path, socket };
}

const answers = async (path: string) => {
  const client = await connectTo(path);
  const { answer } = await client.ask({ ask: "ping" });
  client.close();
  return answer === "ping";
};

describe("a socket", () => {
  it("answers many questions of one client in order, however they come", async () => {
    const { path } = await open({ answer: (question) => ("names" in question ? (question.names[0] ?? "") : "") });
    const client = await connectTo(path);
    const names = Array.from({ length: 300 }, (_, n) => `n${n}`);
    const bytes = Buffer.concat(names.map((name, id) => frameOf({ v: 1, id, ask: "info", names: [name] })));
    for (let at = 0; at < bytes.length; at += 700) client.send(bytes.subarray(at, at + 700));
    await until(() => client.heard.length === names.length);
    expect(client.heard.map(({ answer }) => answer)).toEqual(names);
    client.close();
  });

  it("ends a client that asks on and on and takes no answer, and notices one that leaves while it works for it", async () => {
    let [begun, left] = [0, 0];
    const works = (_: Question, gone: AbortSignal) =>
      new Promise<void>((done) => {
        begun += 1;
        gone.addEventListener("abort", () => {
          left += 1;
          done();
        });
      });
    const { path } = await open({ manners: { ahead: 4096 }, works });
    const some = Buffer.concat(Array.from({ length: 100 }, (_, id) => frameOf({ v: 1, id, ask: "ping" })));
    const leaver = await connectTo(path);
    leaver.send(some);
    await until(() => begun === 1);
    leaver.close();
    await until(() => left === 1);
    const asker = await connectTo(path);
    asker.send(some);
    await until(() => begun === 2);
    asker.send(some);
    await asker.closed;
    expect(asker.heard).toMatchObject([{ id: 0, error: { code: "too-long" } }]);
    await until(() => left === 2);
  });

  it("sends what it says in one turn at once", async () => {
    const { path } = await open({ says: ["one", "two", "three"] });
    const client = await connectTo(path);
    let pieces = 0;
    client.socket.on("data", () => {
      pieces += 1;
    });
    await client.ask({ ask: "ping" });
    await until(() => client.heard.length === 3);
    expect(client.heard.map(({ answer }) => answer)).toEqual(["one", "two", "three"]);
    expect(pieces).toBe(1);
    client.close();
  });

  it("answers one client with much, again and again, and is left with nothing of it", async () => {
    const { path } = await open({ answer: () => "x".repeat(1 << 20) });
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on("warning", warn);
    onTestFinished(() => void process.off("warning", warn));
    const client = await connectTo(path);
    for (let count = 0; count < 30; count += 1) await client.ask({ ask: "ping" });
    client.close();
    expect(warnings).toEqual([]);
  });

  it("answers 200 clients at once, and sends those away that are too many, with a word", async () => {
    const { path, socket } = await open({ clients: 200 });
    const all = await Promise.all(Array.from({ length: 200 }, () => connectTo(path)));
    expect(await Promise.all(all.map((each) => each.ask({ ask: "ping" })))).toHaveLength(200);
    const late = await connectTo(path);
    await late.closed;
    expect(late.heard).toMatchObject([{ id: 0, error: { code: "busy" } }]);
    expect(socket.clients()).toEqual({ now: 200, refused: 1 });
    for (const each of all) each.close();
    await until(() => socket.clients().now === 0);
    expect(await answers(path)).toBe(true);
  });

  it.each([
    ["too long", frameOf({ v: 1, id: 1, ask: "x".repeat(5000) }), "the most"],
    ["announced as longer than anything may be", Buffer.from("ffffffff00", "hex"), "the most"],
    ["no message", Buffer.from("00000001c1", "hex"), "begins nothing"],
    ["no question", frameOf({ v: 1, id: 1, ask: "rm" }), "no such question"],
    ["a question of another version", frameOf({ v: 2, id: 1, ask: "ping" }), "version 1"],
    ["no map", frameOf([1]), "a map"],
    ["one of the owner's", frameOf({ v: 1, id: 1, ask: "suspend", reason: "x" }), "no such question"],
    ["a search for nothing", frameOf({ v: 1, id: 1, ask: "search", terms: [" "] }), "nothing in it"],
  ])("closes a client whose question is %s, and says why, and goes on for others", async (_, bytes, why) => {
    const { path } = await open();
    const other = await connectTo(path);
    const client = await connectTo(path);
    client.send(bytes);
    await client.closed;
    expect(client.heard).toMatchObject([{ id: 0, error: { code: "malformed" } }]);
    expect(JSON.stringify(client.heard)).toContain(why);
    expect(await other.ask({ ask: "ping" })).toMatchObject({ answer: "ping" });
    other.close();
  });

  it("survives whatever bytes it gets", async () => {
    const { path, socket } = await open();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.anything({ maxDepth: 2, withNullPrototype: false }).map((value) => frameOf(plain(value))),
      fc
        .dictionary(fc.constantFrom("v", "id", "ask", "terms", "names", "args", "questions", "look"), fc.anything())
        .map((fields) => frameOf(plain({ v: 1, id: 1, ...fields }))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (each) => {
        const client = await connectTo(path);
        client.send(each);
        client.socket.end();
        await client.closed;
      }),
      { numRuns: 200 },
    );
    await until(() => socket.clients().now === 0);
    expect(await answers(path)).toBe(true);
  });

  it("ends a client that begins a question and does not finish it, and one that says nothing", async () => {
    const { path } = await open({ manners: { slow: 50, idle: 50 } });
    const begun = await connectTo(path);
    begun.send(Buffer.from([0, 0]));
    await begun.closed;
    const silent = await connectTo(path);
    await silent.closed;
    // It may be called silent itself on a machine that is busy.
    await until(() => answers(path).catch(() => false));
  });

  it("ends a client that does not take its answer, and others do not wait for it", async () => {
    const { path, socket } = await open({
      manners: { slow: 300 },
      answer: ({ ask }) => (ask === "status" ? "x".repeat(8 << 20) : ask),
    });
    const greedy = await connectTo(path);
    greedy.socket.pause();
    greedy.send(frameOf({ v: 1, id: 1, ask: "status" }));
    await until(() => answers(path));
    await until(() => socket.clients().now === 0);
    greedy.close();
  });

  it("takes the place of one that a killed process left, and refuses where one answers", async () => {
    const path = join(temporaryFolder(), "query.sock");
    const code = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
    const killed = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((up) => killed.stdout.once("data", up));
    const gone = new Promise((done) => killed.once("close", done));
    killed.kill("SIGKILL");
    await gone;
    expect(lstatSync(path).isSocket()).toBe(true);
    const dialogue = { read: questionIn, answer: () => undefined, manners: PATIENT };
    const first = await openSocket({ path, mode: 0o600, clients: 1 }, dialogue);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(openSocket({ path, mode: 0o600, clients: 1 }, dialogue)).rejects.toMatchObject({ code: "busy" });
    await first.close();
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, "");
    await expect(openSocket({ path, mode: 0o600, clients: 1 }, dialogue)).rejects.toMatchObject({
      code: "socket-blocked",
    });
  });

  it("has a name that fits into an address", async () => {
    const path = join(temporaryFolder(), "x".repeat(90), "query.sock");
    const dialogue = { read: questionIn, answer: () => undefined, manners: PATIENT };
    await expect(openSocket({ path, mode: 0o600, clients: 1 }, dialogue)).rejects.toMatchObject({
      code: "socket-path-long",
    });
  });
});

/** Any value as a message could have it. */
function plain(value: unknown): Packed {
  return JSON.parse(JSON.stringify(value) ?? "null");
}
