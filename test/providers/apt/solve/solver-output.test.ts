import { expect, test } from "vitest";
import { parseExplanation, parseMoves } from "../../../../providers/apt/solve/solver-output.ts";

test("reads installs, upgrades, removals and purges of any architecture, with the notes that apt adds", () => {
  const output = [
    "Reading package lists...",
    "  Inst-looking name in a list",
    "Remv libold [1.0-1] [libother:i386 ]",
    "Purg rest [2.0]",
    "Inst libc6 [2.36-9+deb12u8] (2.36-9+deb12u9 Debian:12.9/stable, Debian-Security:12/stable-security [amd64]) [libc6:i386 on libc6:amd64] [locales:amd64 ]",
    "Inst libc6:i386 [2.36-9] (2.36-9+deb12u9 Debian:12.9/stable [i386])",
    "Inst g++ (4:12.2.0-3 Debian:12.9/stable [amd64])",
    "Inst tzdata (2024a . PPA (test) jammy:22.04/jammy [all]) []",
    "Inst local [1] (2 [all])",
    "Conf libc6 (2.36-9+deb12u9 Debian:12.9/stable [amd64])",
  ].join("\n");
  expect(parseMoves(output)).toEqual([
    { action: "remove", name: "libold", from: "1.0-1" },
    { action: "purge", name: "rest", from: "2.0" },
    { action: "install", name: "libc6", from: "2.36-9+deb12u8", to: "2.36-9+deb12u9", arch: "amd64" },
    { action: "install", name: "libc6:i386", from: "2.36-9", to: "2.36-9+deb12u9", arch: "i386" },
    { action: "install", name: "g++", to: "4:12.2.0-3", arch: "amd64" },
    { action: "install", name: "tzdata", to: "2024a", arch: "all" },
    { action: "install", name: "local", from: "1", to: "2", arch: "all" },
  ]);
});

test("keeps apt's reasons and drops its advice", () => {
  const stdout = [
    "Some packages could not be installed. This may mean that you have",
    "The following packages have unmet dependencies:",
    " omg-app : Depends: omg-lib (>= 1.1) but 1.0 is to be installed",
    "           Depends: omg-base but it is not installable",
  ].join("\n");
  expect(
    parseExplanation(stdout, "W: something\nE: Unable to correct problems, you have held broken packages.\n"),
  ).toEqual([
    "omg-app : Depends: omg-lib (>= 1.1) but 1.0 is to be installed",
    "Depends: omg-base but it is not installable",
    "Unable to correct problems, you have held broken packages.",
  ]);
});
