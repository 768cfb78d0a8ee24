import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, type Omgd } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { connectTo, type OmgdClient } from "../support/omgd-client.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils");
/** As many as a distribution has, so that one wide search takes its time. */
const MARKET = 60_000;
const CROWD = 150;

let lab: DaemonLab;
let omgd: Omgd;
let clients: OmgdClient[] = [];
beforeAll(async () => {
  if (!HERE) return;
  lab = await createDaemonLab();
  lab.configure({ drift: "off", "roll-forward": "off" });
  widen(lab);
  omgd = lab.start();
  await ready();
});
afterEach(leave);
afterAll(() => lab?.close());

/** More packages in apt's lists than the lab has. */
function widen({ machine }: DaemonLab): void {
  const lists = join(machine.apt.root, "var/lib/apt/lists");
  const name = readdirSync(lists).find((each) => each.endsWith("_Packages")) ?? "";
  const stanza = (number: number) =>
    `\nPackage: wide-${number}\nVersion: 1.${number}\nArchitecture: all\nMaintainer: A <a@example.org>\nInstalled-Size: 1\nFilename: pool/wide-${number}.deb\nSize: 1\nSHA256: ${String(number).padStart(64, "0")}\nDescription: a package as many another, number ${number} of those that are wide\n`;
  appendFileSync(join(lists, name), Array.from({ length: MARKET }, (_, number) => stanza(number)).join(""));
}

function leave(): void {
  for (const each of clients) each.close();
  clients = [];
}

/** At its owner's socket, where an omgd under folders of its own answers. What it does for clients is the same at both. */
async function client(): Promise<OmgdClient> {
  const opened = await connectTo(lab.follow.place("runtime", "control.sock"));
  clients.push(opened);
  return opened;
}

async function ready(): Promise<void> {
  await until(async () => {
    const asker = await client().catch(() => undefined);
    const { answer } = (await asker?.ask({ ask: "search", terms: ["wide"] }).catch(() => undefined)) ?? {};
    return (answer as { total?: number } | undefined)?.total === MARKET;
  }, 120_000);
  leave();
}

/** Searches that fit everything, none of which was asked before. */
const wide = (number: number) => ({
  ask: "batch",
  questions: Array.from({ length: 100 }, (_, each) => ({
    ask: "search",
    terms: [`a${" ".repeat(number)}`],
    limit: 1000 - each,
  })),
});

/** Clients that ask for as much as they can at once. */
async function crowd(size: number, { reads = true } = {}): Promise<{ readonly answered: () => number }> {
  let answered = 0;
  const all = await Promise.all(Array.from({ length: size }, client));
  all.forEach((each, number) => {
    if (!reads) each.socket.pause();
    const count = () => {
      answered += 1;
    };
    each.ask(wide(number)).then(count, () => undefined);
  });
  return { answered: () => answered };
}

const kilobytes = (field: string) =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${omgd.child.pid}/status`, "utf8"))?.[1]);

/** Ticks of the processor that omgd has had: proc(5). */
function ticks(): number {
  const fields = readFileSync(`/proc/${omgd.child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

describe.runIf(HERE)("omgd, where many ask for much at once", () => {
  it("answers 200 who ask at the same time, each the same", async () => {
    const questions = [
      { ask: "search", terms: ["omg"], limit: 25 },
      { ask: "search", terms: ["wide", "99"], limit: 10 },
      { ask: "info", names: ["omg-app", "wide-7"] },
      { ask: "explicit" },
    ];
    const asker = await client();
    const answers: unknown[] = [];
    for (const question of questions) answers.push((await asker.ask(question)).answer);
    expect(answers).not.toContain(undefined);
    asker.close();
    const all = await Promise.all(Array.from({ length: 200 }, client));
    const replies = await Promise.all(all.map((each, at) => each.ask(questions[at % questions.length] ?? {})));
    expect(replies.map(({ answer }) => answer)).toEqual(replies.map((_, at) => answers[at % answers.length]));
  });

  it("answers others in between, and rests once they left", async () => {
    const { answered } = await crowd(CROWD);
    const other = await client();
    for (let count = 0; count < CROWD; count += 1) expect(await other.ask({ ask: "ping" })).toHaveProperty("answer");
    // Each of them has had its turn about once, and wants some more.
    expect(answered()).toBeLessThan(CROWD / 2);
    leave();
    await until(async () => {
      const before = ticks();
      await pause(500);
      return ticks() - before < 10;
    });
    const { answer } = await (await client()).ask({ ask: "metrics" });
    expect(answer).toContain('omg_clients{socket="control"} 1\n');
  });

  it("answers no more in one batch than fits into it, and says so of the rest", async () => {
    const { answer } = await (await client()).ask(wide(0));
    const codes = (answer as readonly { readonly error?: { readonly code: string } }[]).map(({ error }) => error?.code);
    const fit = codes.indexOf("too-long");
    expect(fit).toBeGreaterThan(1);
    expect(codes).toEqual(codes.map((_, index) => (index < fit ? undefined : "too-long")));
    expect(codes).toHaveLength(100);
  });

  it("holds a part of what nobody takes, and works nothing out meanwhile", async () => {
    await crowd(CROWD, { reads: false });
    const other = await client();
    const code = async () => ((await other.ask({ ask: "explicit" })).error as { code: string } | undefined)?.code;
    await until(async () => (await code()) === "busy", 120_000);
    // Those who do not take their answers are ended soon.
    await until(async () => (await code()) === undefined);
    expect(kilobytes("VmHWM")).toBeLessThan(400_000);
  });

  it("takes SIGTERM all the same", async () => {
    const { answered } = await crowd(CROWD);
    const other = await client();
    await other.ask({ ask: "explicit" });
    omgd.child.kill("SIGTERM");
    await until(() => omgd.child.exitCode !== null);
    expect([omgd.child.exitCode, answered()]).toEqual([143, 0]);
  });
});
