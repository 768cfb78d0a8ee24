import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BundleMachine, createBundleMachine, LOCK, PASSPHRASE, SHARE } from "../support/bundle-lab.ts";
import { conversation } from "../support/conversation.ts";

describe("a bundle between two people at their terminals", () => {
  let alice: BundleMachine;
  let bob: BundleMachine;
  let file: string;
  beforeEach(() => {
    [alice, bob] = [createBundleMachine(), createBundleMachine()];
    alice.put("omg.lock", LOCK);
    file = join(alice.project, "../team.omg");
  });
  afterEach(() => {
    for (const machine of [alice, bob]) machine.dispose();
  });
  const receive = ["team", "receive", "--no-apply"];
  const passphrase = ["Passphrase of the bundle", `${PASSPHRASE}\n`] as const;

  it("is made once its passphrase was typed twice alike, and shows nothing of it", async () => {
    const share = ["team", "share", "--output", file];
    const ask = ["Send this?", "y\n"] as const;
    const first = ["Passphrase for the bundle", `${PASSPHRASE}\n`] as const;
    const differs = await conversation(alice, share, [ask, first, ["The same again", `${PASSPHRASE}!\n`]]);
    expect([differs.code, existsSync(file)]).toEqual([1, false]);
    const declined = await conversation(alice, share, [["Send this?", "n\n"]]);
    expect([declined.code, existsSync(file)]).toEqual([9, false]);
    const sent = await conversation(alice, share, [ask, first, ["The same again", `${PASSPHRASE}\n`]]);
    expect([sent.code, existsSync(file)]).toEqual([0, true]);
    expect(sent.shown).not.toContain(PASSPHRASE);
    expect(sent.shown).toContain("omg.lock");
  });

  it("counts once somebody gave the sender's whole key, which nothing showed, and agreed", async () => {
    await alice.expect(0, ...SHARE, file);
    const key = await alice.key();
    const typing = (text: string) => [passphrase, ["The sender's key", `${text}\n`] as const];
    const wrong = await conversation(bob, [...receive, file], typing(`ed25519:${"A".repeat(43)}=`));
    expect([wrong.code, wrong.shown.includes("another key than that")]).toEqual([4, true]);
    expect(wrong.shown).not.toContain(key);
    expect((await conversation(bob, [...receive, file], typing(key.slice(0, -1)))).code).toBe(4);
    expect((await conversation(bob, [...receive, file], typing(""))).code).toBe(9);
    const agree = (text: string) => [...typing(key), ["Lay this out", text] as const];
    expect((await conversation(bob, [...receive, file], agree("n\n"))).code).toBe(9);
    expect(readdirSync(bob.project)).toEqual([]);
    expect((await conversation(bob, [...receive, file], agree("y\n"))).code).toBe(0);
    expect(bob.read("omg.lock")).toBe(LOCK);
    // From then on that key is known.
    const again = await conversation(bob, [...receive, file], [passphrase]);
    expect([again.code, again.shown.includes("The sender's key")]).toEqual([0, false]);
    // Until somebody ends that, in the log; what was sent before that bundle stays refused.
    const senders = async () => JSON.parse((await bob.expect(0, "team", "senders", "--json")).stdout).senders;
    expect(await senders()).toEqual([expect.objectContaining({ key, locks: ["web-team"] })]);
    for (const args of [["--remove", `${key.slice(0, -2)}A=`], ["--remove"], [key]])
      await bob.expect(1, "team", "senders", ...args);
    expect((await bob.expect(0, "team", "senders")).stdout).toContain(key);
    expect((await bob.expect(0, "team", "senders", "--remove", key)).stdout).toContain("asks for its whole key again");
    expect(await senders()).toEqual([]);
    expect((await bob.expect(0, "audit", "log", "--event", "sender.removed")).stdout).toContain(key);
    const old = readFileSync(file);
    await alice.expect(0, ...SHARE, file);
    const asked = await conversation(bob, [...receive, file], typing(key));
    expect([asked.code, asked.shown.includes("The sender's key")]).toEqual([0, true]);
    writeFileSync(file, old);
    await bob.expect(0, "team", "senders", "--remove", key);
    const older = await conversation(bob, [...receive, file], [passphrase]);
    expect([older.code, older.shown.includes("a newer one of the same sender")]).toEqual([4, true]);
  });

  it("ends at Ctrl-C in the middle of a passphrase, and leaves the terminal as it was", async () => {
    await alice.expect(0, ...SHARE, file);
    const stopped = await conversation(bob, [...receive, file], [["Passphrase of the bundle", "corr\u0003"]]);
    expect(stopped.code).toBe(130);
    expect(readdirSync(bob.project)).toEqual([]);
  });
});
