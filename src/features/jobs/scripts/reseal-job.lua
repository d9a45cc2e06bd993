-- reseal-job: put a job in another form in the place of the one that was read, unless somebody has replaced it since.
-- KEYS[1] job  hash of the job, of a schedule, or of all schedules
-- ARGV[1] field
-- ARGV[2] before  as it was read
-- ARGV[3] after   the same in its other form
-- returns 1 | 0 if it was another one
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
