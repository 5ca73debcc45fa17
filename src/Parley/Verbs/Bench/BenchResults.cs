using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Parley.Verbs.Bench.Growth;

namespace Parley.Verbs.Bench;

/// <summary>One measurement of send or cycle; the names are those of the JSON output and stay.</summary>
internal sealed record ThroughputResult
{
    public required string Mode { get; init; }

    public required int InFlight { get; init; }

    public required double MessagesPerSecond { get; init; }

    public required double P50Ms { get; init; }

    public required double P99Ms { get; init; }

    [JsonPropertyName("p999_ms")]
    public required double P999Ms { get; init; }

    /// <summary>All servers together; null when they are not this bench's own.</summary>
    [JsonPropertyName("server_cpu_s_per_1000")]
    public required double? ServerCpuSecondsPer1000 { get; init; }

    /// <summary>All servers together; null when they are not this bench's own.</summary>
    public required double? RssMb { get; init; }

    /// <summary>The machine's own; null when the servers are not this bench's own.</summary>
    public required double? FdatasyncMs { get; init; }

    public required double RoundTripMs { get; init; }
}

/// <summary>The measurement of failover; the names are those of the JSON output and stay.</summary>
internal sealed record FailoverResult
{
    public required string Mode { get; init; }

    public required int Kills { get; init; }

    /// <summary>The longest gap between two answers, for each kill.</summary>
    public required IReadOnlyList<double> GapMs { get; init; }

    public required double MedianMs { get; init; }

    public required double MaxMs { get; init; }
}

/// <summary>One measurement of abuse; the names are those of the JSON output and stay.</summary>
internal sealed record AbuseResult
{
    public required string Mode { get; init; }

    /// <summary>What was done meanwhile.</summary>
    public required string Abuse { get; init; }

    /// <summary>Of the others; all were stored.</summary>
    public required long Sends { get; init; }

    public required double P50Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double MaxMs { get; init; }

    /// <summary>This 99th percentile by that of the same run without abuse.</summary>
    public required double P99ToAlone { get; init; }

    /// <summary>Messages, or calls, of the abuse.</summary>
    public required long Asked { get; init; }

    /// <summary>Of those, how many were refused.</summary>
    public required long Refused { get; init; }
}

/// <summary>One measurement of a long history; the names are those of the JSON output and stay.</summary>
internal sealed record HistoryResult
{
    public required string Mode { get; init; }

    /// <summary>What was done.</summary>
    public required string What { get; init; }

    /// <summary>How often.</summary>
    public required int N { get; init; }

    public required double MedianMs { get; init; }

    public required double P99Ms { get; init; }

    public required double MaxMs { get; init; }

    /// <summary>The process's own, each time, on average.</summary>
    public required double CpuMs { get; init; }

    /// <summary>Read or found each time, on average.</summary>
    public required double Messages { get; init; }

    /// <summary>How many searches ended for their time, before they had looked everywhere.</summary>
    public required int Cut { get; init; }
}

/// <summary>How results are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ThroughputResult))]
[JsonSerializable(typeof(FailoverResult))]
[JsonSerializable(typeof(AbuseResult))]
[JsonSerializable(typeof(HistoryResult))]
[JsonSerializable(typeof(GrowthResult))]
internal sealed partial class BenchJson : JsonSerializerContext;

/// <summary>Prints results: a table for people, an object a line for programs.</summary>
internal sealed class BenchReport(TextWriter output, bool json)
{
    private const string Columns = "mode   in flight    messages/s   p50 ms   p99 ms  p99.9 ms   CPU s/1000   RSS MB";
    private const string AbuseColumns =
        "abuse                     others' sends   p50 ms   p99 ms   max ms   p99 to alone       asked     refused";

    private const string HistoryColumns =
        "what                                         n  median ms   p99 ms   max ms   CPU ms   messages     cut";

    private const string GrowthColumns =
        "what                                                           value unit      aim";

    private bool hasHead;

    public void Add(ThroughputResult result)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(result, BenchJson.Default.ThroughputResult));
            output.Flush();
            return;
        }

        if (!hasHead)
        {
            hasHead = true;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"this machine: fdatasync {result.FdatasyncMs:0.000} ms, round trip {result.RoundTripMs:0.000} ms"));
            output.WriteLine(Columns);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Mode,-6}{result.InFlight,10}{result.MessagesPerSecond,14:0}{result.P50Ms,9:0.00}"
            + $"{result.P99Ms,9:0.00}{result.P999Ms,10:0.00}{result.ServerCpuSecondsPer1000,13:0.000}"
            + $"{result.RssMb,9:0}"));
        output.Flush();
    }

    public void Add(AbuseResult result)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(result, BenchJson.Default.AbuseResult));
            output.Flush();
            return;
        }

        if (!hasHead)
        {
            hasHead = true;
            output.WriteLine(AbuseColumns);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Abuse,-24}{result.Sends,15}{result.P50Ms,9:0.0}{result.P99Ms,9:0.0}{result.MaxMs,9:0.0}"
            + $"{result.P99ToAlone,15:0.00}{result.Asked,12}{result.Refused,12}"));
        output.Flush();
    }

    public void Add(HistoryResult result)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(result, BenchJson.Default.HistoryResult));
            output.Flush();
            return;
        }

        if (!hasHead)
        {
            hasHead = true;
            output.WriteLine(HistoryColumns);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.What,-39}{result.N,7}{result.MedianMs,11:0.00}{result.P99Ms,9:0.0}{result.MaxMs,9:0.0}"
            + $"{result.CpuMs,9:0.00}{result.Messages,11:0.0}{result.Cut,8}"));
        output.Flush();
    }

    public void Add(GrowthResult result)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(result, BenchJson.Default.GrowthResult));
            output.Flush();
            return;
        }

        if (!hasHead)
        {
            hasHead = true;
            output.WriteLine(GrowthColumns);
        }

        var aim = result.Aim is null ? "" : string.Create(
            CultureInfo.InvariantCulture, $"<= {result.Aim:0.#}: {(result.Met == true ? "met" : "MISSED")}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.What,-56}{result.Value,12:0.00} {result.Unit,-10}{aim}").TrimEnd());
        output.Flush();
    }

    public void Add(FailoverResult result)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(result, BenchJson.Default.FailoverResult));
            return;
        }

        var gaps = string.Join(", ", result.GapMs.Select(gap => gap.ToString("0", CultureInfo.InvariantCulture)));
        output.WriteLine($"{result.Kills} leaders killed; longest gap between two answers, ms: {gaps}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"median {result.MedianMs:0} ms, max {result.MaxMs:0} ms"));
    }
}
