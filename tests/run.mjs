#!/usr/bin/env node
/**
 * `npm test`: builds, runs every suite one after another and ends with one line over all of them,
 * `N passed, N failed, N skipped`. `npm test -- unit contract` runs those suites alone.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const results = join(root, 'tests/results')

/** No suite takes this long; one that hangs must not take the others with it. */
const SUITE_LIMIT_MS = 30 * 60_000

const isRoot = process.getuid?.() === 0
const needsRoot = 'It starts real dockerds, which needs root: run `sudo npm test`.'

const suites = [
  { name: 'unit', vitest: ['unit', 'dom'] },
  { name: 'contract', vitest: ['contract'] },
  { name: 'security', vitest: ['security'] },
  { name: 'integration', vitest: ['integration'], skip: isRoot ? undefined : needsRoot },
  { name: 'e2e', playwright: true, skip: isRoot ? undefined : needsRoot },
]

function bin(name) {
  return join(root, 'node_modules/.bin', name)
}

/** Runs a command in its own process group and resolves with its exit code. */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
      detached: true,
    })
    const end = (signal) => {
      try {
        process.kill(-child.pid, signal)
      } catch {
        // It has ended meanwhile.
      }
    }
    const interrupt = () => {
      end('SIGINT')
      process.exitCode = 130
    }
    process.once('SIGINT', interrupt)
    const limit = setTimeout(() => {
      console.error(`Gave up after ${SUITE_LIMIT_MS / 60_000} minutes.`)
      end('SIGKILL')
    }, SUITE_LIMIT_MS)
    child.on('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.on('close', (code) => {
      clearTimeout(limit)
      process.off('SIGINT', interrupt)
      resolve(code ?? 1)
    })
  })
}

// Not `screenshots`, which makes pictures and tests nothing.
const playwrightArgs = [
  'test',
  '--config',
  'tests/playwright.config.ts',
  '--project',
  'browser',
  '--project',
  'electron',
]

function vitestArgs(projects) {
  return ['--config', 'tests/vitest.config.ts', ...projects.flatMap((project) => ['--project', project])]
}

/** Tests of a Playwright report, flat, each with its file and titles as its name. */
function* playwrightTests(suite, titles = []) {
  const path = [...titles, suite.title].filter(Boolean)
  for (const child of suite.suites ?? []) yield* playwrightTests(child, path)
  for (const spec of suite.specs ?? [])
    for (const test of spec.tests)
      yield { ...test, name: `${[...path, spec.title].join(' > ')} [${test.projectName}]` }
}

function playwrightTally(report) {
  const tally = {
    passed: 0,
    failed: [],
    skipped: [],
    errors: (report.errors ?? []).map((error) => error.message),
  }
  for (const suite of report.suites)
    for (const test of playwrightTests(suite)) {
      if (test.status === 'skipped')
        tally.skipped.push({
          name: test.name,
          reason: test.annotations.find((note) => note.type === 'skip')?.description,
        })
      else if (test.status === 'unexpected') tally.failed.push(test.name)
      else tally.passed += 1
    }
  return tally
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

async function runSuite(suite) {
  const file = join(results, `${suite.name}.json`)
  rmSync(file, { force: true })
  let code, tally
  if (suite.playwright) {
    code = await run(bin('playwright'), [...playwrightArgs, '--reporter=list,json'], {
      PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    })
    const report = readJson(file)
    tally = report && playwrightTally(report)
  } else {
    code = await run(
      bin('vitest'),
      [
        'run',
        ...vitestArgs(suite.vitest),
        '--passWithNoTests',
        '--reporter=default',
        '--reporter=./tests/support/tally-reporter.ts',
      ],
      { PORTHOLE_TALLY: file },
    )
    tally = readJson(file)
  }
  tally ??= { passed: 0, failed: [], skipped: [], errors: [] }
  if (code !== 0 && tally.failed.length === 0 && tally.errors.length === 0)
    tally.errors.push(`The suite ended with exit code ${code} and named no failed test.`)
  return tally
}

/** A suite that cannot run here counts each of its tests as skipped. */
function skipSuite(suite) {
  const listed = suite.playwright
    ? spawnSync(bin('playwright'), [...playwrightArgs, '--list', '--reporter=json'], {
        cwd: root,
        encoding: 'utf8',
      })
    : spawnSync(bin('vitest'), ['list', ...vitestArgs(suite.vitest), '--json'], {
        cwd: root,
        encoding: 'utf8',
      })
  const start = listed.stdout.search(/^[[{]/m)
  const found = start < 0 ? [] : JSON.parse(listed.stdout.slice(start))
  const names = suite.playwright
    ? (found.suites ?? []).flatMap((child) => [...playwrightTests(child)].map((test) => test.name))
    : found.map((test) => `${relative(root, test.file)} > ${test.name}`)
  return {
    passed: 0,
    failed: [],
    skipped: names.map((name) => ({ name, reason: suite.skip })),
    errors: [],
  }
}

/** Skipped tests by reason: a reason is read once, not forty times. */
function printSkips(skipped) {
  const byReason = new Map()
  for (const { name, reason = 'no reason given' } of skipped)
    byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  for (const [reason, names] of byReason) {
    console.log(`  skipped ${names.length}: ${reason}`)
    for (const name of names) console.log(`    ${name}`)
  }
}

async function main() {
  const asked = process.argv.slice(2)
  const unknown = asked.filter((name) => !suites.some((suite) => suite.name === name))
  if (unknown.length > 0) {
    console.error(
      `No such suite: ${unknown.join(', ')}. There are: ${suites.map((suite) => suite.name).join(', ')}.`,
    )
    return 2
  }
  const chosen = suites.filter((suite) => asked.length === 0 || asked.includes(suite.name))
  mkdirSync(results, { recursive: true })

  console.log('== build')
  if ((await run(process.execPath, ['build/build.mjs'])) !== 0) {
    console.log('The build failed, so no suite was run.\n0 passed, 1 failed, 0 skipped')
    return 1
  }

  const tallies = []
  for (const suite of chosen) {
    console.log(`\n== ${suite.name}`)
    if (suite.skip) console.log(`Skipped. ${suite.skip}`)
    const began = Date.now()
    const tally = suite.skip ? skipSuite(suite) : await runSuite(suite)
    tallies.push({ suite, tally, seconds: Math.round((Date.now() - began) / 1000) })
    if (process.exitCode === 130) break
  }

  console.log('\n== summary')
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { suite, tally, seconds } of tallies) {
    const failed = tally.failed.length + tally.errors.length
    total.passed += tally.passed
    total.failed += failed
    total.skipped += tally.skipped.length
    console.log(
      `${suite.name}: ${tally.passed} passed, ${failed} failed, ${tally.skipped.length} skipped (${seconds} s)`,
    )
    for (const name of tally.failed) console.log(`  failed: ${name}`)
    for (const error of tally.errors) console.log(`  error: ${error}`)
    printSkips(tally.skipped)
  }
  const integration = chosen.find((suite) => suite.name === 'integration')
  if (integration && !integration.skip && !process.env.PORTHOLE_TEST_DOCKERD)
    console.log(
      'Note: integration ran on the dockerd of this system alone; PORTHOLE_TEST_DOCKERD (a folder with a second dockerd) is not set.',
    )
  const line = `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`
  writeFileSync(join(results, 'summary.txt'), `${line}\n`)
  console.log(`\n${line}`)
  return total.failed > 0 ? 1 : (process.exitCode ?? 0)
}

process.exitCode = await main()
