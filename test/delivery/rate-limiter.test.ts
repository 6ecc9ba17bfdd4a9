import { expect, test } from 'vitest';
import { RateLimiter } from '../../src/delivery/write/rate-limiter.js';

/** Requests that go out in the given time when each takes its turn at once. */
function sent(limiter: RateLimiter, clock: { now: number }, milliseconds: number, messages = 1): number {
  const end = clock.now + milliseconds;
  for (let count = 0; ; count += 1) {
    clock.now += limiter.reserve(messages);
    if (clock.now >= end) return count;
    limiter.succeeded(clock.now);
  }
}

test('keeps to the requests per second', () => {
  const clock = { now: 0 };
  const limiter = new RateLimiter({ maxRequestsPerSecond: 100 }, () => clock.now);
  const count = sent(limiter, clock, 10_000);
  expect(count).toBeGreaterThanOrEqual(995);
  expect(count).toBeLessThanOrEqual(1_010);
});

test('keeps to the messages per second, also with batches', () => {
  const clock = { now: 0 };
  const limiter = new RateLimiter({ maxMessagesPerSecond: 1_000, maxRequestsPerSecond: 1_000 }, () => clock.now);
  const count = sent(limiter, clock, 10_000, 50) * 50;
  expect(count).toBeGreaterThanOrEqual(9_900);
  expect(count).toBeLessThanOrEqual(10_150);
});

test('a rejection halves the speed once for all lanes, success brings it back', () => {
  const clock = { now: 1_000 };
  const limiter = new RateLimiter({ maxRequestsPerSecond: 100 }, () => clock.now);
  const startedAt = 990;
  for (let lane = 0; lane < 4; lane += 1) limiter.refused(startedAt);
  expect(limiter.factor).toBe(0.5);
  limiter.succeeded(startedAt);
  expect(limiter.factor).toBe(0.5);
  expect(sent(limiter, clock, 5)).toBeLessThanOrEqual(1);
  sent(limiter, clock, 10_000);
  expect(limiter.factor).toBe(1);
});

test('a Retry-After holds every lane', () => {
  const clock = { now: 0 };
  const limiter = new RateLimiter({}, () => clock.now);
  expect(limiter.reserve(1)).toBe(0);
  limiter.refused(0, 2_500);
  expect(limiter.reserve(1)).toBe(2_500);
});

test('without limits a rejection slows down from the speed seen before it', () => {
  const clock = { now: 0 };
  const limiter = new RateLimiter({}, () => clock.now);
  for (let request = 0; request < 1_000; request += 1) {
    clock.now += 5;
    expect(limiter.reserve(1)).toBe(0);
  }
  limiter.refused(clock.now);
  limiter.reserve(1);
  clock.now += limiter.reserve(1);
  // 200 requests per second were seen, so at half speed they are 10 ms apart.
  expect(limiter.reserve(1)).toBeCloseTo(10, 0);
});
