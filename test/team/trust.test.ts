import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Trust } from "../../schema/wire/trust-schema.ts";
import { verifyChain, type WhoSigned, type Written } from "../../team/trust/chain.ts";
import { fingerprintOf, parseTrust, trustText } from "../../team/trust/document.ts";
import { holdersOf, rolesFor } from "../../team/trust/roles.ts";
import "../support/property-seed.ts";

// Signatures stand for themselves here: the names of those who signed. Real ones are in test/e2e/team/join.test.ts.
const NOW = new Date("2026-11-26T12:00:00Z");
const PEOPLE = ["A", "B", "C", "D"].map((letter) => `SHA256:${letter.repeat(43)}`);
const [A = "", B = "", C = "", D = ""] = PEOPLE;

const whoSigned: WhoSigned = async ({ signatures }, keys) =>
  new Set(signatures.split(" ").filter((name) => Object.hasOwn(keys, name)));

function trust(version: number, holders: readonly string[], threshold: number, more: Partial<Trust> = {}): string {
  const keys = Object.fromEntries(
    PEOPLE.map((person) => [person, { owner: person.slice(0, 8), ssh: "ssh-ed25519 AAAA" }]),
  );
  const roles = { trust: [...holders], release: [A], policy: [B], peers: [C] };
  return trustText({ format: 1, team: "web", version, keys, roles, threshold, ...more });
}

async function verdict(written: readonly Written[], fingerprint = fingerprintOf(written[0]?.text ?? "")) {
  return verifyChain(written, fingerprint, whoSigned, NOW).then(
    (chain) => chain.length,
    (error: { readonly code?: string }) => error.code,
  );
}

const signed = (text: string, ...by: readonly string[]): Written => ({ text, signatures: by.join(" ") });

describe("a chain of trust documents", () => {
  it("begins with the one whose fingerprint is known, and with no other", async () => {
    expect(await verdict([])).toBe("trust-missing");
    expect(await verdict([signed(trust(1, [A], 1), A)])).toBe(1);
    expect(await verdict([signed(trust(1, [A], 1), A)], fingerprintOf("x"))).toBe("trust-unknown");
    expect(await verdict([signed(trust(1, [A], 1), B)])).toBe("trust-unsigned");
  });

  it("goes on exactly where enough of the old keys and of its own signed", async () => {
    const group = fc.uniqueArray(fc.constantFrom(...PEOPLE), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(group, group, group, fc.nat(3), fc.nat(3), async (old, next, by, most, least) => {
        const [first, second] = [(most % old.length) + 1, (least % next.length) + 1];
        const chain = [signed(trust(1, old, first), ...old), signed(trust(2, next, second), ...by, ...by)];
        const enough = (holders: readonly string[], wanted: number) =>
          by.filter((person) => holders.includes(person)).length >= wanted;
        expect(await verdict(chain)).toBe(enough(old, first) && enough(next, second) ? 2 : "trust-unsigned");
      }),
    );
  });

  it("takes no gap, no other team, and nothing that ended", async () => {
    const first = signed(trust(1, [A], 1), A);
    expect(await verdict([first, signed(trust(3, [A], 1), A)])).toBe("trust-invalid");
    expect(await verdict([first, signed(trust(2, [A], 1, { team: "other" }), A)])).toBe("trust-invalid");
    const ended = signed(trust(2, [A], 1, { expires: "2026-11-26T12:00:00Z" }), A);
    expect(await verdict([first, ended])).toBe("trust-expired");
    // What came after it counts.
    expect(await verdict([first, ended, signed(trust(3, [A], 1), A)])).toBe(3);
  });

  it.each([
    ["no JSON", "{"],
    ["other blanks", JSON.stringify(JSON.parse(trust(1, [A], 1)))],
    ["a member twice", trust(1, [A], 1).replace('"team": "web"', '"team": "evil",\n  "team": "web"')],
    ["an unknown member", trust(1, [A], 1).replace('"team"', '"also": 1,\n  "team"')],
    ["more signatures than keys", trust(1, [A], 2)],
    ["a key twice in a role", trust(1, [A, A], 1)],
    ["a role of nobody's", trust(1, [`SHA256:${"E".repeat(43)}`], 1)],
    ["no trust key", trust(1, [], 1)],
  ])("%s is no document", (_name, text) => {
    expect(() => parseTrust(text, 1)).toThrow(/is no trust document/);
  });
});

describe("roles", () => {
  it.each([
    [["omg.lock"], ["release"]],
    [["common/tools.yaml"], ["release"]],
    [["policy.toml"], ["policy"]],
    [["hosts/web/policy.toml"], ["policy"]],
    [[".omg/members.toml"], ["peers"]],
    [[".omg/team.toml"], ["release"]],
    [[".omg/trust/2.json", ".omg/trust/2.sig"], []],
    [[".omg/trust/tools.yaml"], ["release"]],
    [["x/.omg/trust/2.json"], ["release"]],
    [["policy.toml/x"], ["release"]],
    [
      ["omg.lock", "policy.toml", ".omg/members.toml"],
      ["peers", "policy", "release"],
    ],
  ])("%j take %j", (paths, roles) => {
    expect(rolesFor(paths)).toEqual(roles);
  });

  it("are all of one key's, or it may not", () => {
    const roles = { trust: [D], release: [A, B], policy: [B], peers: [C] };
    expect(holdersOf({ roles }, ["release"])).toEqual([A, B]);
    expect(holdersOf({ roles }, ["policy", "release"])).toEqual([B]);
    expect(holdersOf({ roles }, ["peers", "release"])).toEqual([]);
    expect([...holdersOf({ roles }, [])].sort()).toEqual([A, B, C, D]);
  });
});
