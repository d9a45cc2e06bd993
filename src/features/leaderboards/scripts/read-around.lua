-- read-around: a window of entries with a member in it, in the middle where the edges allow.
-- KEYS[1] info      hash
-- KEYS[2] entries   zset
-- KEYS[3] arrivals  hash
-- KEYS[4] metadata  hash
-- KEYS[5] scores    zset of the distinct scores
-- ARGV[1] member
-- ARGV[2] limit
-- ARGV[3] ranking  ordinal, competition or dense
-- returns {'missing'} | {'season-due'} | {'not-dense'} | {'absent'} | {'window', total, rows}
-- use: shared/board.lua
-- use: shared/ranking.lua
local board = load_board()
if not board then return { 'missing' } end
if board.due then return { 'season-due' } end
if ARGV[3] == 'dense' and board.dense ~= '1' then return { 'not-dense' } end

local element = element_of(board, ARGV[1])
if not element then return { 'absent' } end
local limit = tonumber(ARGV[2])
local total = redis.call('ZCARD', ENTRIES)
local middle = redis.call('ZRANK', ENTRIES, element) - math.floor(limit / 2)
local start = math.max(0, math.min(middle, total - limit))
local rows = rows_from(board, ARGV[3], start, limit)
return { 'window', total, rows }
