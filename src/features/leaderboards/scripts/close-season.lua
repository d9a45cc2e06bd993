-- close-season: archive the live entries and begin the next season, in one step and once.
-- KEYS[1] info             hash
-- KEYS[2] entries          zset
-- KEYS[3] arrivals         hash
-- KEYS[4] metadata         hash
-- KEYS[5] scores           zset of the distinct scores
-- KEYS[6] seasonInfo       hash of the season that ends; the next four are its archive
-- KEYS[7] seasonEntries    zset
-- KEYS[8] seasonArrivals   hash
-- KEYS[9] seasonMetadata   hash
-- KEYS[10] seasonScores    zset
-- KEYS[11] seasons         zset of the ids of closed seasons
-- KEYS[12] watch           string, how many first entries are watched by live clients
-- KEYS[13] operation       string, what a keyed request was answered, expires
-- ARGV[1] season       id of the season that the caller saw
-- ARGV[2] due          instant in ms of the reset that ends it, '' to end it now
-- ARGV[3] nextResetAt  instant in ms of the next reset, '' for none
-- ARGV[4] incarnation  identity of the board from here on
-- ARGV[5] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[6] ttlMs
-- ARGV[7] channel      where changes are announced
-- returns {'missing'} | {'moved'} | {'season-due'} | {'reused'} | {'closed' | 'replayed', id, startedAt, endedAt, total}
-- use: shared/board.lua
local fingerprint = ARGV[5]
if fingerprint ~= '' then
  local earlier = redis.call('GET', KEYS[13])
  if earlier then
    if earlier:sub(1, #fingerprint) ~= fingerprint then return { 'reused' } end
    return { 'replayed', unpack(cmsgpack.unpack(earlier:sub(#fingerprint + 1))) }
  end
end
-- fence

local board = load_board()
if not board then return { 'missing' } end
local field = redis.call('HMGET', INFO, 'season', 'startedAt', 'nextResetAt', 'order', 'ties')
if field[1] ~= ARGV[1] then return { 'moved' } end
if ARGV[2] == '' and board.due then return { 'season-due' } end
if ARGV[2] ~= '' and (field[3] ~= ARGV[2] or not board.due) then return { 'moved' } end

local ended = ARGV[2] ~= '' and ARGV[2] or string.format('%.0f', math.floor(now_micros() / 1000))
local total = redis.call('ZCARD', ENTRIES)
for at = 2, 5 do
  if redis.call('EXISTS', KEYS[at]) == 1 then redis.call('RENAME', KEYS[at], KEYS[at + 5]) end
end
redis.call('HSET', KEYS[6], 'order', field[4], 'ties', field[5], 'denseRanks', board.dense, 'startedAt', field[2],
  'endedAt', ended, 'total', total, 'incarnation', board.incarnation)
redis.call('ZADD', KEYS[11], ARGV[1], ARGV[1])
redis.call('HSET', INFO, 'season', tonumber(ARGV[1]) + 1, 'startedAt', ended, 'incarnation', ARGV[4])
-- An empty board is gathered already.
if board.dense == 'building' then redis.call('HSET', INFO, 'denseRanks', '1') end
if ARGV[3] ~= '' then redis.call('HSET', INFO, 'nextResetAt', ARGV[3]) end

local season = { ARGV[1], field[2], ended, total }
if fingerprint ~= '' then
  redis.call('SET', KEYS[13], fingerprint .. cmsgpack.pack(season), 'PX', ARGV[6])
end
announce(KEYS[12], ARGV[7], 1)
return { 'closed', unpack(season) }
