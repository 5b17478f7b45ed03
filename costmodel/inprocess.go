package costmodel

import (
	"fmt"
	"math"
	"strings"
)

func (m *Model) instance() string { return ec2Prefix + m.Workload.Instance }

func isCompute(item string) bool {
	return strings.HasPrefix(item, ec2Prefix) || item == itemFargateVCPU || item == itemFargateGB
}

// processCPU returns the cores that one process needs for one stream, where the
// detectors are spread over so many groups.
func (w *Workload) processCPU(groups float64) float64 {
	cpu := w.DecodeCPU + w.DetectorCPU*w.Detectors/groups
	return cpu * w.pixelScale() * w.frameScale() / w.VCPUSpeed
}

// memoryMiB returns the memory of one process; most of it is pictures.
func (w *Workload) memoryMiB() float64 { return w.MemoryMiB * max(w.pixelScale(), 0.25) }

// A machine is what processes run on.
type machine struct {
	name      string
	vcpu      float64
	memoryGiB float64
}

func (m *Model) machine(v Variant) (machine, error) {
	w := &m.Workload
	if v == Fargate || v == FargateSpot {
		return machine{fmt.Sprintf("a task of %g vCPU and %g GB", w.FargateVCPU, w.FargateGB), w.FargateVCPU, w.FargateGB}, nil
	}
	p := m.prices[m.instance()]
	if p == nil {
		missing := &MissingPriceError{Item: m.instance(), Region: w.Region}
		for item := range m.prices {
			if strings.HasPrefix(item, ec2Prefix) {
				missing.Known = append(missing.Known, strings.TrimPrefix(item, ec2Prefix))
			}
		}
		return machine{}, missing
	}
	return machine{w.Instance, p.VCPU, p.MemoryGiB}, nil
}

// groups returns how many processes watch each stream: no more than there are
// detectors.
func (w *Workload) groups(v Variant) float64 {
	if v == EC2Groups {
		return min(w.Groups, max(floor(w.Detectors), 1))
	}
	return 1
}

// perMachine returns how many processes a machine holds.
func (m *Model) perMachine(v Variant) (float64, error) {
	w := &m.Workload
	host, err := m.machine(v)
	if err != nil {
		return 0, err
	}
	cpu, planned := w.processCPU(w.groups(v)), host.vcpu*w.Utilisation/100
	byCPU, byMemory := math.Inf(1), math.Inf(1)
	if cpu > 0 {
		byCPU = floor(planned / cpu)
	}
	if mem := w.memoryMiB(); mem > 0 {
		byMemory = floor(host.memoryGiB * 1024 / mem)
	}
	switch {
	case byCPU < 1:
		return 0, &DoesNotFitError{v, fmt.Sprintf("%.3g vCPUs of %s (%g %% of %g) do not hold the %.3g of one stream",
			planned, host.name, w.Utilisation, host.vcpu, cpu)}
	case byMemory < 1:
		return 0, &DoesNotFitError{v, fmt.Sprintf("%g GiB of %s do not hold the %.3g MiB of one stream",
			host.memoryGiB, host.name, w.memoryMiB())}
	case math.IsInf(min(byCPU, byMemory), 1):
		return 0, &DoesNotFitError{v, "a stream that takes neither CPU nor memory"}
	}
	return min(byCPU, byMemory), nil
}

// inProcess returns what machines with one process for each stream use. A
// machine is paid for whole, and for all hours.
func (m *Model) inProcess(v Variant, streams float64) ([]Line, int, error) {
	w := &m.Workload
	each, err := m.perMachine(v)
	if err != nil {
		return nil, 0, err
	}
	groups := w.groups(v)
	machines := ceil(streams * groups / each)
	hours := machines * w.Hours
	var lines []Line
	if v == Fargate || v == FargateSpot {
		lines = []Line{
			{What: "compute", Item: itemFargateVCPU, Quantity: hours * w.FargateVCPU},
			{What: "memory", Item: itemFargateGB, Quantity: hours * w.FargateGB},
		}
	} else {
		lines = []Line{
			{What: "compute", Item: m.instance(), Quantity: hours},
			{What: "volumes", Item: itemVolume, Quantity: hours * w.VolumeGB / hoursPerMonth},
		}
	}
	return append(lines,
		m.zoneTransfer(streams, groups),
		Line{What: "logs", Item: itemLogs, Quantity: streams * w.Hours * w.LogKB * 1000 / gib},
		m.notifications(streams),
	), int(machines), nil
}
