import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { empty, json } from '../../../sandbox/reply.ts';
import { scenarioId } from '../../../sandbox/scenarios.ts';
import { RUNS_HERE } from '../../../test/support/chromium.ts';
import { MEETING_IDS } from '../src/week.ts';
import { faintTexts } from './contrast.ts';
import { type Campus, openWeek, startCampus } from './week.ts';

const FORBIDDEN = 'CS2040S Not shared with you';
const GONE = 'ST2334 This meeting no longer exists';
const AWAY = 'CS2030S LumiNUS is not available';
const PAUSE = 'MA1521 Too many requests right now';
const PROJECT_REVIEW = 'CS2030S Programming Methodology II: Project Review';

describe.runIf(RUNS_HERE)('the week in a browser that reaches this machine alone', () => {
  let campus: Campus;

  beforeAll(async () => {
    campus = await startCampus();
    return () => campus[Symbol.asyncDispose]();
  });

  test('shows the meetings day by day, and the ones that failed beside them, from one request', async () => {
    await using week = await openWeek(campus);
    const { page } = week;
    const monday = page.getByRole('region', { name: 'Monday 23 November' });
    expect(await monday.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
      'CS2030S Programming Methodology II: Lecture',
      'MA1521 Calculus for Computing: Tutorial',
    ]);
    expect(await monday.getByRole('listitem').first().getByRole('paragraph').first().textContent()).toBe(
      '10:00 am – 12:00 pm',
    );
    const exam = page.getByRole('region', { name: 'Friday' }).getByRole('listitem').first();
    expect(await exam.getByRole('listitem').allTextContents()).toEqual([
      'Exam',
      'Recorded by the host',
      'Waiting room',
      'Sign in with NUS Zoom',
    ]);
    const missing = page.getByRole('complementary', { name: 'Could not be loaded' });
    expect(await missing.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
      AWAY,
      FORBIDDEN,
      PAUSE,
      GONE,
    ]);
    expect(await page.getByRole('status').textContent()).toBe('8 meetings this week. 4 could not be loaded.');
    expect(week.asked).toEqual([{ operation: 'Week', ids: MEETING_IDS }]);
    expect(week.faults).toEqual([]);
  });

  test('joins by a real link to a tab of its own, and has none where Zoom has no meeting', async () => {
    await using week = await openWeek(campus);
    const joins = week.page.getByRole('link');
    expect(await joins.count()).toBe(7);
    const join = joins.first();
    expect(await join.getAttribute('href')).toMatch(/^https:\/\/nus-sg\.zoom\.us\/j\/\d+\?pwd=/);
    expect(await join.getAttribute('target')).toBe('_blank');
    expect(await join.getAttribute('rel')).toBe('noopener noreferrer');
    const consultation = week.page.getByRole('listitem').filter({ hasText: 'Digital Ethics: Consultation' });
    expect(await consultation.getByText('No longer in Zoom').count()).toBe(1);
    expect(await consultation.getByRole('link').count()).toBe(0);
  });

  test('a new try asks for that meeting alone; it comes to its day, and the focus goes with it', async () => {
    await using week = await openWeek(campus, { reducedMotion: 'reduce' });
    const { page } = week;
    await page.getByRole('button', { name: 'Try again for a meeting of CS2030S' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('h3:focus').filter({ hasText: PROJECT_REVIEW }).waitFor();
    const tuesday = page.getByRole('region', { name: 'Tuesday 24 November' });
    expect(await tuesday.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
      PROJECT_REVIEW,
      'CS2040S Data Structures and Algorithms: Lecture',
    ]);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    expect(await page.getByRole('status').textContent()).toBe('The meeting of CS2030S is here now.');
    // What failed beside it still says why.
    const missing = page.getByRole('complementary', { name: 'Could not be loaded' });
    expect(await missing.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
      FORBIDDEN,
      PAUSE,
      GONE,
    ]);
    expect(week.asked).toEqual([
      { operation: 'Week', ids: MEETING_IDS },
      { operation: 'OneMeeting', ids: [scenarioId(650)] },
    ]);
    expect(week.faults).toEqual([]);
  });

  test('counts down to a new try, says when it can be made, and keeps the focus if it fails', async () => {
    await using week = await openWeek(campus, { prepare: page => page.clock.install() });
    const { page } = week;
    const button = page.getByRole('button', { name: 'Try again for a meeting of MA1521' });
    expect(await button.isDisabled()).toBe(true);
    expect(await button.textContent()).toMatch(/ in 0:[0-5]\d/);
    expect(await button.textContent()).toContain('possible in less than a minute');
    await button.focus();
    await page.keyboard.press('Enter');
    expect(week.asked.length).toBe(1);

    await page.clock.fastForward(57_000);
    await page.getByRole('status').getByText('You can now try again for a meeting of MA1521.').waitFor();
    expect(await button.isDisabled()).toBe(false);
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Too many requests right now.').waitFor();
    expect(await button.isDisabled()).toBe(true);
    expect(await page.locator('button:focus').count()).toBe(1);
    expect(week.asked.at(-1)).toEqual({ operation: 'OneMeeting', ids: [scenarioId(429)] });
    expect(week.faults).toEqual([]);
  });

  test('a quota that is used up for two weeks shows the day and the time when it is renewed', async () => {
    await using week = await openWeek(campus, {
      prepare: async page => {
        await page.clock.install({ time: new Date('2026-11-23T01:00:30Z') });
        campus.luminus.answer(
          scenarioId(429),
          json(403, {
            statusCode: 403,
            message: 'Out of call volume quota. Quota will be replenished in 14.00:00:00.',
          }),
        );
      },
    });
    const missing = week.page.getByRole('complementary', { name: 'Could not be loaded' });
    await missing.getByRole('heading', { name: 'The limit of this app is used up' }).waitFor();
    const button = week.page.getByRole('button', { name: 'Try again for a meeting of MA1521' });
    expect(await button.textContent()).toContain('from Monday 7 December, 9:0');
    expect(await button.isDisabled()).toBe(true);
  });

  test('the keyboard reaches every link and button, in the order they are read', async () => {
    await using week = await openWeek(campus);
    const { page } = week;
    const all = await page.locator('a, button').allTextContents();
    const reached = [];
    for (const _ of all) {
      await page.keyboard.press('Tab');
      reached.push(await page.locator(':focus-visible').textContent());
    }
    expect(all.length).toBe(9);
    expect(reached.map(beforeClock)).toEqual(all.map(beforeClock));
  });

  test('times are in the zone of the reader, and so are the days', async () => {
    await using week = await openWeek(campus, { timeZone: 'America/New_York' });
    const sunday = week.page.getByRole('region', { name: 'Sunday 22 November' });
    expect(await sunday.getByRole('paragraph').first().textContent()).toBe('9:00 pm – 11:00 pm');
    expect(await week.page.getByRole('banner').textContent()).toContain('America/New York (GMT-5)');
  });

  test('a gateway out of reach is one problem, with one button for all', async () => {
    await using week = await openWeek(campus, {
      prepare: page => page.route('**/graphql', route => route.abort()),
    });
    const { page } = week;
    await page.getByRole('heading', { name: 'Your meetings could not be loaded' }).waitFor();
    await page.getByRole('heading', { name: 'No connection' }).waitFor();
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again for your meetings' }).click();
    await page.getByRole('region', { name: 'Monday 23 November' }).waitFor();
    expect(week.asked.map(({ operation }) => operation)).toEqual(['Week', 'Week']);
  });

  test('who is signed out is told so once, not at every meeting', async () => {
    await using week = await openWeek(campus, {
      prepare: () => {
        campus.luminus.clear();
        for (const id of MEETING_IDS) campus.luminus.answer(id, empty(401));
      },
    });
    await week.page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    expect(await week.page.getByRole('button').count()).toBe(0);
    expect(week.faults).toEqual([]);
  });

  test('neither the browser nor the console keeps a join link', async () => {
    const said: string[] = [];
    await using week = await openWeek(campus, {
      prepare: page => page.on('console', message => said.push(message.text())),
    });
    const kept = await week.page.evaluate(async () =>
      JSON.stringify([
        Object.keys(localStorage),
        Object.keys(sessionStorage),
        await indexedDB.databases(),
        await caches.keys(),
      ]),
    );
    expect(kept).toBe('[[],[],[],[]]');
    expect(said.filter(text => text.includes('zoom.us'))).toEqual([]);
  });

  test.for(['light', 'dark'] as const)('in the %s, every text stands out enough (AA)', async colorScheme => {
    await using week = await openWeek(campus, { colorScheme });
    const { page } = week;
    expect(await faintTexts(page)).toEqual([]);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      colorScheme === 'light' ? 'rgb(244, 246, 249)' : 'rgb(17, 21, 27)',
    );
    if (process.env['SCREENSHOT'] && colorScheme === 'light') {
      await page.screenshot({ path: join(import.meta.dirname, '../screenshot.png'), fullPage: true });
    }
  });
});

/** The countdown of a button goes on while the test looks. */
function beforeClock(text: string | null): string {
  return text?.replace(/ in \d.*$/, '') ?? '';
}
