using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Parley.Local.Network;

/// <summary>
/// Carries IPv4 packets between places, as its rules for each way say. One thread does it all: it reads the places'
/// devices, draws what becomes of each packet, and writes it, now or when it is due, to the device of the place whose
/// address it bears. What bears no place's address goes nowhere.
/// </summary>
internal sealed partial class PacketSwitch : IAsyncDisposable
{
    /// <summary>How many packets may be late at one time.</summary>
    public const int LatePacketsMax = 20_000;

    private const int PacketsAtOnceMax = 64;
    private const int HeaderBytes = 20;
    private const int TargetAt = 16;
    private const int AddressBytes = 4;
    private const byte Version4 = 4;
    private const short Readable = 1;
    private static readonly TimeSpan LookAtStopEvery = TimeSpan.FromMilliseconds(50);

    private readonly TunDevice[] devices;
    private readonly Dictionary<uint, int> places = [];
    private readonly Random[][] random;
    private readonly DelayLine late = new(LatePacketsMax);
    private readonly byte[] room = new byte[TunDevice.PacketBytesMax];
    private readonly Lock changing = new();
    private readonly PacketTally tally = new();
    private readonly Task running;
    private volatile PacketRules rules = PacketRules.AllOpen;
    private volatile bool isStopped;

    /// <param name="ports">The device and the address of each place, in the order of places; the devices are this
    /// one's from now on.</param>
    /// <param name="seed">Draws what becomes of packets.</param>
    public PacketSwitch(IReadOnlyList<(TunDevice Device, System.Net.IPAddress Address)> ports, int seed)
    {
        devices = [.. ports.Select(port => port.Device)];
        random =
        [
            .. devices.Select((_, from) => devices.Select((_, to) => new Random(HashOf(seed, from, to))).ToArray()),
        ];
        for (var place = 0; place < devices.Length; place++)
        {
            places[MemoryMarshal.Read<uint>(ports[place].Address.GetAddressBytes())] = place;
        }

        running = Task.Factory.StartNew(
            Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public PacketCounts Counts => tally.Counts;

    /// <summary>From the next packet on. Any thread.</summary>
    public void Change(Func<PacketRules, PacketRules> change)
    {
        lock (changing)
        {
            rules = change(rules);
        }
    }

    /// <exception cref="System.ComponentModel.Win32Exception">A device failed while this was running.</exception>
    public async ValueTask DisposeAsync()
    {
        isStopped = true;
        try
        {
            await running;
        }
        finally
        {
            foreach (var device in devices)
            {
                device.Dispose();
            }
        }
    }

    // Not HashCode.Combine: it differs from run to run.
    private static int HashOf(int seed, int from, int to) => unchecked((((seed * 31) + from) * 31) + to);

    private void Run()
    {
        var polled = devices.Select(device => new Polled { Descriptor = device.Descriptor, Events = Readable })
            .ToArray();
        while (!isStopped)
        {
            DeliverDue();
            if (Poll(ref polled[0], (nuint)polled.Length, WaitMs()) <= 0)
            {
                continue;
            }

            for (var from = 0; from < polled.Length; from++)
            {
                if (polled[from].Happened != 0)
                {
                    TakeFrom(from);
                }
            }
        }
    }

    private int WaitMs()
    {
        var wait = LookAtStopEvery;
        if (late.NextDueAt is { } due)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            wait = left < TimeSpan.Zero ? TimeSpan.Zero : left < wait ? left : wait;
        }

        return (int)Math.Ceiling(wait.TotalMilliseconds);
    }

    private void DeliverDue()
    {
        while (late.TryTake(Stopwatch.GetTimestamp(), out var packet))
        {
            Deliver(packet.To, packet.Bytes.Span);
        }
    }

    private void TakeFrom(int from)
    {
        for (var taken = 0; taken < PacketsAtOnceMax; taken++)
        {
            var length = devices[from].Read(room);
            if (length == 0)
            {
                return;
            }

            var packet = room.AsSpan(0, length);
            if (FindTarget(packet) is { } to)
            {
                Forward(from, to, packet);
            }
        }
    }

    private int? FindTarget(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < HeaderBytes || packet[0] >> 4 != Version4)
        {
            return null;
        }

        return places.TryGetValue(MemoryMarshal.Read<uint>(packet.Slice(TargetAt, AddressBytes)), out var place)
            ? place
            : null;
    }

    private void Forward(int from, int to, ReadOnlySpan<byte> packet)
    {
        var rule = rules.Of(from, to);
        var fate = PacketFate.Draw(rule, random[from][to]);
        tally.Note(rule, fate);
        if (fate.Copies > 0)
        {
            Send(to, packet, fate.FirstDelay);
        }

        if (fate.Copies > 1)
        {
            Send(to, packet, fate.SecondDelay);
        }
    }

    private void Send(int to, ReadOnlySpan<byte> packet, TimeSpan delay)
    {
        if (delay == TimeSpan.Zero)
        {
            Deliver(to, packet);
        }
        else if (!late.TryAdd(Stopwatch.GetTimestamp() + ToTicks(delay), to, packet))
        {
            tally.NoteOverflow();
        }
    }

    private void Deliver(int to, ReadOnlySpan<byte> packet)
    {
        if (!devices[to].TryWrite(packet))
        {
            tally.NoteOverflow();
        }
    }

    private static long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref Polled first, nuint count, int timeoutMs);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
