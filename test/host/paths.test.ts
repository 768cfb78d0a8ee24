import { describe, expect, test } from "vitest";
import { type Paths, pathsFor, type Who } from "../../host/paths.ts";

const ann: Who = { uid: 1000, home: "/home/ann", env: {}, elevated: false };
const root: Who = { uid: 0, home: "/root", env: {}, elevated: false };
const overrides = {
  OMG_CONFIG_DIR: "/x/config",
  OMG_DATA_DIR: "/x/data",
  OMG_STATE_DIR: "/x/state",
  OMG_CACHE_DIR: "/x/cache",
  OMG_RUNTIME_DIR: "/x/run",
};
const xdg = {
  XDG_CONFIG_HOME: "/g/config",
  XDG_DATA_HOME: "/g/data",
  XDG_STATE_HOME: "/g/state",
  XDG_CACHE_HOME: "/g/cache",
  XDG_RUNTIME_DIR: "/run/user/1000",
};
const system: Paths = {
  config: "/etc/omg",
  data: "/var/lib/omg",
  state: "/var/lib/omg/state",
  cache: "/var/cache/omg",
  runtime: "/run/omg",
};
const own: Paths = {
  config: "/home/ann/.config/omg",
  data: "/home/ann/.local/share/omg",
  state: "/home/ann/.local/state/omg",
  cache: "/home/ann/.cache/omg",
  runtime: undefined,
};
const overridden: Paths = {
  config: "/x/config",
  data: "/x/data",
  state: "/x/state",
  cache: "/x/cache",
  runtime: "/x/run",
};

describe("pathsFor", () => {
  test("without any variable", () => {
    expect(pathsFor("user", ann)).toEqual(own);
    expect(pathsFor("system", ann)).toEqual(system);
    expect(pathsFor("system", root)).toEqual(system);
    expect(pathsFor("user", root).state).toBe("/root/.local/state/omg");
  });

  test("XDG variables move the user's folders, where they are absolute", () => {
    expect(pathsFor("user", { ...ann, env: xdg })).toEqual({
      config: "/g/config/omg",
      data: "/g/data/omg",
      state: "/g/state/omg",
      cache: "/g/cache/omg",
      runtime: "/run/user/1000/omg",
    });
    const odd = { XDG_CONFIG_HOME: "relative", XDG_DATA_HOME: "", XDG_RUNTIME_DIR: "run" };
    expect(pathsFor("user", { ...ann, env: odd })).toEqual(own);
    expect(pathsFor("system", { ...ann, env: xdg })).toEqual(system);
  });

  test("overrides move the user's folders for a user, who cannot move the system's", () => {
    expect(pathsFor("user", { ...ann, env: { ...xdg, ...overrides } })).toEqual(overridden);
    expect(pathsFor("system", { ...ann, env: overrides })).toEqual(system);
  });

  test("overrides move both for root, and the two never share a folder", () => {
    expect(pathsFor("system", { ...root, env: overrides })).toEqual(overridden);
    const user = pathsFor("user", { ...root, env: overrides });
    expect(user).toEqual({
      config: "/x/config/user",
      data: "/x/data/user",
      state: "/x/state/user",
      cache: "/x/cache/user",
      runtime: "/x/run/user",
    });
  });

  test("nothing of the environment counts when root acts for somebody else", () => {
    const elevated = { ...root, elevated: true, env: { ...xdg, ...overrides } };
    expect(pathsFor("system", elevated)).toEqual(system);
    expect(pathsFor("user", elevated)).toEqual(pathsFor("user", root));
  });

  test("an empty override is none; a relative one, or a relative home, is refused", () => {
    expect(pathsFor("user", { ...ann, env: { OMG_DATA_DIR: "" } })).toEqual(own);
    expect(() => pathsFor("user", { ...ann, env: { OMG_DATA_DIR: "data" } })).toThrow(
      expect.objectContaining({
        code: "path-relative",
        exit: "invalid",
        message: expect.stringContaining("OMG_DATA_DIR"),
      }),
    );
    expect(() => pathsFor("user", { ...ann, home: "" })).toThrow(expect.objectContaining({ code: "path-relative" }));
  });
});
