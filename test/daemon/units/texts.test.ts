import { describe, expect, it } from "vitest";
import { personalUnit, serviceUnit, socketUnit } from "../../../daemon/units/texts.ts";

const started = (unit: string) => /^ExecStart=(.*)$/m.exec(unit)?.[1];

describe("what a unit starts", () => {
  it("is Node without a debugger, omg's script, and its words", () => {
    expect(started(personalUnit(["/usr/bin/node", "/opt/omg/bin/omg"]))).toBe(
      "/usr/bin/node --inspect-port=no..where:9229 --single-threaded-gc /opt/omg/bin/omg daemon run",
    );
  });

  // systemd.service(5), "Command lines" and "Quoting"; systemd.unit(5), "Specifiers"
  it.each([
    ["a blank", "/opt/my omg/omg", '"/opt/my omg/omg"'],
    ["a quote", '/opt/"a"/omg', '"/opt/\\"a\\"/omg"'],
    ["a backslash", "/opt/a\\b/omg", '"/opt/a\\\\b/omg"'],
    ["what would be a specifier", "/opt/%h/omg", "/opt/%%h/omg"],
    ["what would be a variable", "/opt/$HOME/omg", "/opt/$$HOME/omg"],
    ["a semicolon", "/opt/a;b", '"/opt/a;b"'],
  ])("survives %s", (_, script, word) => {
    expect(started(serviceUnit(["/usr/bin/node", script]))).toBe(
      `/usr/bin/node --inspect-port=no..where:9229 --single-threaded-gc ${word} daemon run`,
    );
  });
});

it("only omgd may connect to omg-root's socket", () => {
  expect(socketUnit()).toMatch(/^SocketUser=omgd$/m);
  expect(socketUnit()).toMatch(/^SocketMode=0600$/m);
});
