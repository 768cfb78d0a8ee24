import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Context } from "../../app/context.ts";
import { nearbySource } from "../../app/peers/nearby.ts";
import { ensureHostKey } from "../../team/host-key.ts";
import { writePresent } from "../../team/peers/present.ts";

const REPOSITORY = "https://git.example.org/machines.git";
const LOCK = { name: "lab", repository: REPOSITORY };
const NOW = new Date("2026-11-26T12:00:00Z");
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

let folder: string;
let ctx: Context;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-nearby-"));
  mkdirSync(join(folder, "state", "daemon"), { recursive: true });
  const env = { OMG_STATE_DIR: join(folder, "state"), OMG_DATA_DIR: join(folder, "data") };
  ctx = {
    cwd: folder,
    env,
    uid: 0,
    user: "root",
    home: folder,
    elevated: false,
    now: () => NOW,
    emit: () => undefined,
    signal: new AbortController().signal,
    program: folder,
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

function someNear(seconds = 10): void {
  const { open: key } = ensureHostKey(join(folder, "other"));
  const peers = [{ name: "bob", key, address: "10.0.0.2", port: 7000 }];
  writePresent(join(folder, "state"), { repository: REPOSITORY, peers }, ago(seconds));
}

it("asks teammates for what the repository says that they share, with this user's own key", async () => {
  expect(await nearbySource(ctx, LOCK)).toBeUndefined();
  someNear();
  expect(await nearbySource(ctx, LOCK)).toBeUndefined();
  ensureHostKey(join(folder, "data"));
  expect(await nearbySource(ctx, LOCK)).toBeTypeOf("function");
});

it("asks nobody about another lock, and nobody whom no omgd has seen for two minutes", async () => {
  ensureHostKey(join(folder, "data"));
  someNear();
  expect(await nearbySource(ctx, { ...LOCK, repository: "local:/home/alice" })).toBeUndefined();
  someNear(121);
  expect(await nearbySource(ctx, LOCK)).toBeUndefined();
});
