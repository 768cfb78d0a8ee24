import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openQueue } from "../../daemon/queue.ts";
import { openWatch } from "../../daemon/watch.ts";
import { until } from "../support/until.ts";

describe("what wakes omgd", () => {
  it("is gathered: what comes together, and what comes while it is at work, is one round", async () => {
    const queue = openQueue(new AbortController().signal);
    queue.wake("machine");
    queue.wake("machine");
    queue.wake("asked");
    expect(await queue.next()).toEqual(new Set(["machine", "asked"]));
    queue.wake("poll");
    queue.later("retry", 1);
    await new Promise((done) => setTimeout(done, 50));
    expect(await queue.next()).toEqual(new Set(["poll", "retry"]));
    queue.end();
  });

  it("is heard at once by whoever is at work, and of one reason alone, until it was given to somebody", async () => {
    const queue = openQueue(new AbortController().signal);
    const moved = queue.signalOf("machine");
    queue.wake("poll");
    expect(moved.aborted).toBe(false);
    queue.wake("machine");
    expect([moved.aborted, queue.signalOf("machine").aborted]).toEqual([true, true]);
    await queue.next();
    expect(queue.signalOf("machine").aborted).toBe(false);
    queue.end();
  });

  it("ends with the signal, before or while it waits", async () => {
    const controller = new AbortController();
    const queue = openQueue(controller.signal);
    const waiting = queue.next();
    controller.abort();
    expect(await waiting).toEqual(new Set());
    expect(await queue.next()).toEqual(new Set());
    queue.end();
  });
});

describe("files that are looked after", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-watch-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("tell when they are replaced, made and removed, and when a name comes into a folder", async () => {
    let heard = 0;
    const watch = openWatch(() => {
      heard += 1;
    });
    const [status, none, local] = ["status", "none", "local"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(status, "1");
    mkdirSync(local);
    watch.set([status, none, local, join(folder, "gone", "x")]);
    const steps = [
      () => {
        writeFileSync(`${status}-new`, "2");
        renameSync(`${status}-new`, status);
      },
      () => writeFileSync(none, "1"),
      () => rmSync(none),
      () => mkdirSync(join(local, "package-1.0-1")),
    ];
    for (const step of steps) {
      const before = heard;
      step();
      await until(() => heard > before);
    }
    watch.end();
  });
});
