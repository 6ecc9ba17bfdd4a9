/** Whether the long forms run: `npm run soak` sets it. */
export const isSoak = process.env['SOAK'] === '1';
