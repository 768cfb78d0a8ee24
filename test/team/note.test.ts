import { createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, describe, expect, it } from "vitest";
import type { Note } from "../../schema/wire/note-schema.ts";
import { ensureHostKey, openForm } from "../../team/host-key.ts";
import { heard, LARGEST_NOTE, noteReference, signedNote } from "../../team/note.ts";

const folders = ["a", "b"].map(() => mkdtempSync(`${tmpdir()}/omg-note-`));
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});
const [own, other] = folders.map(ensureHostKey) as [ReturnType<typeof ensureHostKey>, ReturnType<typeof ensureHostKey>];

const NOW = new Date("2026-11-26T12:00:00Z");
const member = { name: "web-1", key: own.open };
const note = (more: Partial<Note> = {}): Note => ({
  format: 1,
  key: own.open,
  host: "web-1.example.org",
  commit: "a".repeat(40),
  state: "drifted",
  changes: 2,
  omg: "0.1.0",
  platform: "debian-12-amd64",
  time: "2026-11-26T11:00:00Z",
  expires: "2026-11-29T11:00:00Z",
  ...more,
});

describe("a machine's note", () => {
  it("is heard as it was signed, until it ends", () => {
    const text = signedNote(note(), own);
    expect(heard(member, text, NOW)).toEqual({ note: note() });
    expect(heard(member, text, new Date("2026-11-29T10:59:59Z"))).toEqual({ note: note() });
    expect(heard(member, text, new Date("2026-11-29T11:00:00Z"))).toEqual({ why: "expired" });
    expect(heard(member, undefined, NOW)).toEqual({ why: "silent" });
    expect(text.length).toBeLessThan(LARGEST_NOTE);
  });

  it.each([
    ["another machine's", signedNote(note({ key: other.open }), other)],
    ["one in its name by another", signedNote(note(), other)],
    ["one that was changed", signedNote(note(), own).replace('"changes":2', '"changes":0')],
    ["one with more in it", signedNote(note(), own).replace('"format":1', '"format":1,"also":1')],
    ["one with escape sequences", signedNote(note({ host: "\u001b[2J" }), own)],
    ["no JSON", "rubbish"],
    ["nothing", ""],
  ])("%s counts for nothing", (_name, text) => {
    expect(heard(member, text, NOW)).toEqual({ why: "not signed by it" });
  });

  it("lies under its key, in whatever form that was read", () => {
    expect(noteReference(own.open)).toMatch(/^refs\/omg\/members\/[0-9a-f]{64}$/);
    expect(noteReference(own.open)).not.toBe(noteReference(other.open));
    expect(openForm(own.privateKey)).toBe(own.open);
    expect(openForm(createPublicKey(own.privateKey))).toBe(own.open);
  });
});
