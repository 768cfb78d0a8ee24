import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openHints } from "../../daemon/peers/hints.ts";
import { isMetered } from "../../daemon/peers/metered.ts";
import { openNear } from "../../daemon/peers/near.ts";
import { peersSaid } from "../../daemon/peers/tellings.ts";
import { onLink } from "../../team/peers/links.ts";

const COMMITS = ["a", "b", "c"].map((digit) => digit.repeat(40)) as [string, string, string];

describe("a commit that a teammate speaks of", () => {
  it("wakes once, not for what is known here, and at most once a minute whoever says what", () => {
    let [woken, now] = [0, 0];
    const hints = openHints(
      () => {
        woken += 1;
      },
      () => now,
    );
    const [own, news, other] = COMMITS;
    hints.knows(own);
    hints.hears(own);
    expect(woken).toBe(0);
    for (let again = 0; again < 3; again++) hints.hears(news);
    expect(woken).toBe(1);
    hints.hears(other);
    expect(woken).toBe(1);
    now = 60_000;
    hints.hears(news);
    expect(woken).toBe(1);
    hints.hears(other);
    expect(woken).toBe(2);
    now = 120_000;
    hints.hears(other);
    expect(woken).toBe(2);
    hints.again();
    hints.hears(other);
    hints.hears(other);
    expect(woken).toBe(3);
    expect([own, news, other].map(hints.isNews)).toEqual([false, true, true]);
  });
});

describe("who is near", () => {
  const place = (number: number) => ({ address: `10.0.0.${number}`, port: 7000 });
  const member = (name: string) => ({ member: { name, key: `ed25519:${name}` }, word: undefined });

  it("is who answers as a member, each once, and no more than a network has", async () => {
    const heard: string[] = [];
    let changes = 0;
    const near = openNear({
      greet: async ({ address }) => {
        if (address === "10.0.0.3") throw new Error("nobody's key");
        return {
          ...member(address === "10.0.0.2" ? "bob" : "carol"),
          word: { channel: "c".repeat(16), commit: COMMITS[0] },
        };
      },
      hears: (key) => heard.push(key),
      onChange: () => {
        changes += 1;
      },
    });
    for (const number of [1, 2, 3, 4]) near.found(place(number));
    await near.greet();
    await Promise.resolve();
    expect(
      near
        .peers()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["bob", "carol"]);
    expect([changes, heard.sort()]).toEqual([3, ["ed25519:bob", "ed25519:carol", "ed25519:carol"]]);
    near.lost(place(2));
    expect(near.peers().map(({ name }) => name)).toEqual(["carol"]);
    near.lost(place(3));
    expect(changes).toBe(4);
  });

  it("is found behind any number of places where nobody answers", async () => {
    const near = openNear({
      greet: async ({ port }) => {
        if (port !== 7000) throw new Error("nobody");
        return member("bob");
      },
      hears: () => undefined,
      onChange: () => undefined,
    });
    for (let port = 10_000; port < 11_000; port++) {
      near.found({ address: "10.0.0.9", port });
      if (port % 100 === 0) await near.greet();
    }
    near.found(place(1));
    await near.greet();
    expect(near.peers().map(({ name }) => name)).toEqual(["bob"]);
  });

  it("is no more who does not answer, and not asked again at once", async () => {
    let asked = 0;
    let answers = true;
    const near = openNear({
      greet: async () => {
        asked += 1;
        if (!answers) throw new Error("gone");
        return member("bob");
      },
      hears: () => undefined,
      onChange: () => undefined,
    });
    near.found(place(1));
    await near.greet(true);
    answers = false;
    await near.greet(true);
    expect(near.peers()).toEqual([]);
    const before = asked;
    await near.greet();
    near.found(place(1));
    expect(asked).toBe(before);
  });
});

describe("a link", () => {
  it.each([
    ["10.77.0.9", true],
    ["::ffff:10.77.0.9", true],
    ["10.77.1.9", false],
    ["127.0.0.1", false],
    ["fe80::1", false],
    ["", false],
    ["nonsense", false],
  ])("10.77.0.2/24 has %s on it: %s", (address, expected) => {
    expect(onLink({ cidr: "10.77.0.2/24" })(address)).toBe(expected);
  });
});

describe("an interface that costs by volume", () => {
  const folder = mkdtempSync(join(tmpdir(), "omg-nmcli-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  // A fake of nmcli, for NetworkManager itself is not to be had in every place that tests run.
  it("is one that NetworkManager calls so, guesses included", async () => {
    const program = join(folder, "nmcli");
    const script = 'case "$6" in wwan0) echo yes;; tether) echo "yes (guessed)";; eth0) echo no;; *) exit 10;; esac';
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { signal } = new AbortController();
    const answers = ["wwan0", "tether", "eth0", "none"].map((name) => isMetered(name, signal, program));
    expect(await Promise.all(answers)).toEqual([true, true, false, false]);
    expect(await isMetered("eth0", signal, join(folder, "missing"))).toBe(false);
  });
});

describe("what is said of teammates", () => {
  const peers = { near: [], metered: [], missing: [] };
  it.each([
    [undefined, undefined],
    [peers, "nobody is near"],
    [{ ...peers, near: ["bob", "carol"] }, "2 near: bob, carol"],
    [{ ...peers, near: [..."abcdefghij"] }, "10 near: a, b, c, d, e, f, g, h, and 2 more"],
    [{ ...peers, unlisted: "ed25519:x" }, "none: the team does not list this machine's key, ed25519:x"],
    [{ ...peers, metered: ["wwan0"] }, "nobody is near; paused on wwan0, which costs by volume"],
    [{ ...peers, problem: "no commit is believed yet" }, "none: no commit is believed yet"],
  ])("of %j: %s", (found, text) => {
    expect(peersSaid(found === undefined ? {} : { peers: found })?.text).toBe(text);
    if (found?.near.length === 2)
      expect(peersSaid({ peers: found, refused: [{ teammate: "mallory", message: "no" }] })).toEqual({
        tone: "warn",
        text: `${text}; mallory speaks of commits that do not count here`,
      });
  });
});
