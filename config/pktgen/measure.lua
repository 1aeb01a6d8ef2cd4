-- SPDX-License-Identifier: BSD-3-Clause
-- Copyright(c) 2026 The rstack authors
--
-- Send each workload for some seconds, and print how many frames a second left and came back.
-- Run Pktgen in the top folder of rstack's tree with -f config/pktgen/measure.lua, and with
-- -s 0:DIR/mixed.pcap to have the mixed workload, too. The variables SECONDS and RATE of the
-- environment set the time for each, 10 unless set, and the percentage of the link's rate, 100.
-- With FAMILY=6 the workloads are those of IPv6, and the capture file is mixed6.pcap.

local folder = "config/pktgen/"
local scripts = { "syn-closed", "ack-closed", "syn-open", "rst-flood", "mixed" }
local family = os.getenv("FAMILY") == "6" and "6" or ""
local seconds = tonumber(os.getenv("SECONDS") or 10)
local rate = tonumber(os.getenv("RATE") or 100)

-- Frames that port 0 has sent and received.
local function frames()
	local stats = pktgen.portStats("0", "port")[0]

	return stats.opackets, stats.ipackets
end

pktgen.screen("off")
pktgen.set("0", "count", 0)
pktgen.set("0", "rate", rate)
local lines = { "workload      sent/s    received/s  received/sent" }
for _, name in ipairs(scripts) do
	-- Pktgen 23.03 wants three arguments and uses two
	name = name .. family
	pktgen.run("cmd", folder .. name .. ".pkt", "")
	pktgen.clr()
	pktgen.start("0")
	pktgen.delay(1000 * seconds)
	pktgen.stop("0")
	-- the last frames and their answers are counted within two seconds
	pktgen.delay(2000)
	local sent, received = frames()
	table.insert(lines, string.format("%-11s %8.0f    %10.0f  %13.4f", name, sent / seconds,
		received / seconds, sent > 0 and received / sent or 0))
end
pktgen.set_range("0", "off")
-- the console repeats each command of the scripts, so the table comes after all of them
print("\n" .. table.concat(lines, "\n"))
pktgen.quit()
