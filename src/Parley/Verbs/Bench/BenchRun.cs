using System.CommandLine;
using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Local;
using Parley.Verbs.Bench.Abuse;
using Parley.Verbs.Bench.Growth;

namespace Parley.Verbs.Bench;

/// <summary>One run of the bench: starts the servers, measures the machine, then the cluster.</summary>
internal static class BenchRun
{
    private const string TemporaryFileSystem = "tmpfs";

    // Enough to be a hash; the bench measures messages, not logins.
    private static readonly string[] ServerArguments =
        ["--send-rate", "-1", "--password-hash-kib", "1024", "--password-hash-passes", "1"];

    public static async Task<int> RunAsync(
        BenchOptions options, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var report = new BenchReport(console.Output, options.Json);
        if (options.Nodes.Count > 0)
        {
            RefuseOthers(options.Mode);
            console.Error.WriteLine($"measuring the cluster at {string.Join(", ", options.Nodes)} as it is");
            var given = new ParleyClientOptions { Nodes = options.Nodes, CaFingerprint = options.Ca };
            await MeasureAsync(options, given, cluster: null, report, console.Error, cancellationToken);
            return ExitCodes.Ok;
        }

        var folder = options.Directory ?? Path.GetTempPath();
        Directory.CreateDirectory(folder);
        RefuseTemporary(folder, console.Error);
        var own = Directory.CreateDirectory(Path.Combine(folder, $"parley-bench-{Environment.ProcessId}")).FullName;
        try
        {
            if (options.Mode is "history")
            {
                await HistoryBench.RunAsync(own, options.Messages, report.Add, console.Error, cancellationToken);
                return ExitCodes.Ok;
            }

            await MeasureOwnAsync(options, own, report, console.Error, cancellationToken);
            return ExitCodes.Ok;
        }
        finally
        {
            Directory.Delete(own, recursive: true);
        }
    }

    private static async Task MeasureOwnAsync(
        BenchOptions options, string own, BenchReport report, TextWriter error, CancellationToken cancellationToken)
    {
        var size = options.Mode is "growth" ? options.Size : BenchOptions.ServersOfItsOwn;
        var arguments = ArgumentsFor(options);
        error.WriteLine(
            $"{size} servers of its own on loopback, {(options.Certificates ? "with TLS" : "in plaintext")}, "
            + (arguments.Length == 0
                ? "with the limits and the password hash of every day"
                : $"without a send rate and with a cheap password hash ({string.Join(' ', arguments)})"));
        await using var cluster = await LocalCluster.StartAsync(
            new() { Size = size, Directory = own, Arguments = arguments, Certificates = options.Certificates },
            cancellationToken);
        switch (options.Mode)
        {
            case "failover":
                report.Add(await FailoverBench.RunAsync(options, cluster, error, cancellationToken));
                break;
            case "abuse":
                await AbuseBench.RunAsync(options, cluster, report.Add, error, cancellationToken);
                break;
            case "growth":
                await new GrowthBench(options, cluster, new(report.Add), error).RunAsync(cancellationToken);
                break;
            default:
                await MeasureAsync(options, ClientOf(cluster), cluster, report, error, cancellationToken);
                break;
        }
    }

    private static string[] ArgumentsFor(BenchOptions options) => options.Mode switch
    {
        "abuse" => [],
        "growth" =>
        [
            .. ServerArguments,
            "--log-kept", GrowthBench.LogKeptMib(options.Messages).ToString(CultureInfo.InvariantCulture),
        ],
        _ => ServerArguments,
    };

    /// <summary>How clients reach the bench's own servers.</summary>
    internal static ParleyClientOptions ClientOf(LocalCluster cluster) =>
        new() { Nodes = cluster.Addresses, CaFingerprint = cluster.CaFingerprint };

    private static void RefuseOthers(string mode)
    {
        if (mode is "failover" or "abuse" or "history" or "growth")
        {
            var what = mode is "history" ? "a state" : "servers, for it does them harm,";
            throw new VerbFailedException(
                ExitCodes.Usage, $"--mode {mode} needs {what} of its own: leave --nodes out");
        }
    }

    private static void RefuseTemporary(string folder, TextWriter error)
    {
        var drive = new DriveInfo(Path.GetFullPath(folder));
        if (drive.DriveFormat is TemporaryFileSystem or "ramfs")
        {
            throw new VerbFailedException(
                ExitCodes.Usage, $"{folder} is a {drive.DriveFormat}, where a sync costs nothing; see --data");
        }

        error.WriteLine($"data in {Path.GetFullPath(folder)}, a {drive.DriveFormat}");
    }

    private static async Task MeasureAsync(
        BenchOptions options,
        ParleyClientOptions way,
        LocalCluster? cluster,
        BenchReport report,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        double? sync = cluster is null ? null : MachineLimits.MeasureSync(cluster.Directory).TotalMilliseconds;
        var roundTrip = (await MachineLimits.MeasureRoundTripAsync(cancellationToken)).TotalMilliseconds;
        await using var client = new ParleyClient(way);
        var people = new BenchPeople(client);
        IBenchLoad load = options.Mode is "cycle"
            ? await CycleLoad.CreateAsync(
                people, options.InFlight.Max(), BenchOptions.CycleAccounts, error, cancellationToken)
            : await SendLoad.CreateAsync(people, options.InFlight.Max(), error, cancellationToken);
        await using (load)
        {
            foreach (var inFlight in options.InFlight)
            {
                var warmUp = inFlight == options.InFlight[0] ? options.FirstWarmUp : options.WarmUp;
                await BenchMeter.RunAsync(load, inFlight, warmUp, cluster: null, cancellationToken);
                var measured = await BenchMeter.RunAsync(load, inFlight, options.Duration, cluster, cancellationToken);
                report.Add(measured with
                {
                    Mode = options.Mode,
                    FdatasyncMs = Round(sync),
                    RoundTripMs = Round(roundTrip) ?? 0,
                });
            }
        }
    }

    private static double? Round(double? value) => value is null ? null : Math.Round(value.Value, 3);
}
