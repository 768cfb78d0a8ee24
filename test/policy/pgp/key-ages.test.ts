import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { keyAges } from "../../../policy/pgp/key-ages.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";

const THEN = new Date("2024-01-01T00:00:00Z");
const NOW = new Date("2026-01-01T00:00:00Z");

describe.runIf(needs("gpg", "gpg-agent"))("the age of a source's keys", () => {
  const home = new GpgHome();
  afterAll(() => home.dispose());
  const made = (name: string, expire: string) => home.makeKey(name, { at: THEN, expire });
  const ring = (name: string, ...keys: string[]) => home.exportTo(join(home.folder, name), keys);

  it("is that of the last one that still counts", async () => {
    const [old, late, always] = [made("old", "30d"), made("late", "1000d"), made("always", "0")];
    const ages = (...keys: string[]) => keyAges({ keyrings: [ring(`${keys.length}${keys[0]}.gpg`, ...keys)] }, NOW);
    expect(await ages(old)).toEqual({ state: "expired", since: new Date("2024-01-31T00:00:00Z") });
    expect(await ages(late, old)).toEqual({ state: "valid", until: new Date("2026-09-27T00:00:00Z") });
    expect(await ages(always, late, old)).toEqual({ state: "valid" });
  });

  it("is not known where the keyring cannot be read", async () => {
    expect(await keyAges({ keyrings: ["/nonexistent/keyring.gpg"] }, NOW)).toMatchObject({ state: "unreadable" });
  });
});
