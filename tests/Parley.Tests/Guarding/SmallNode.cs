using System.Globalization;
using Parley.Tests.Api;

namespace Parley.Tests.Guarding;

/// <summary>A node whose garbage collector has little room: what it keeps shows soon, and too much ends it.</summary>
public sealed class SmallNode : NodeFixture
{
    /// <summary>Memory of the process that is in use, in KiB.</summary>
    public long ResidentKib => Read("VmRSS:");

    /// <summary>The most that was in use since <see cref="ForgetPeakAsync"/>, in KiB.</summary>
    public long PeakKib => Read("VmHWM:");

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        // Hexadecimal: 96 MiB for all objects (with 64 two thousand connections at a time ended a node now and then),
        // and a collection of the young ones every 4 MiB.
        ["DOTNET_GCHeapHardLimit"] = "6000000",
        ["DOTNET_GCgen0size"] = "400000",
    };

    /// <summary>The peak is measured from now on (proc_pid_clear_refs(5)).</summary>
    public Task ForgetPeakAsync() => File.WriteAllTextAsync(
        $"/proc/{ProcessId}/clear_refs", "5", TestContext.Current.CancellationToken);

    private long Read(string field)
    {
        var line = File.ReadLines($"/proc/{ProcessId}/status")
            .Single(each => each.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
