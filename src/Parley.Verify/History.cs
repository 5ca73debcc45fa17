using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley.Verify;

/// <summary>
/// What clients did and saw, and what each node holds at the end: all that the checkers judge by. Kept as JSON lines,
/// one object with one of the fields <c>event</c>, <c>read</c>, <c>digest</c> and <c>accounts</c> a line, so that a run
/// can be judged again.
/// </summary>
internal sealed record History
{
    public required IReadOnlyList<HistoryEvent> Events { get; init; }

    public required IReadOnlyList<FinalRead> Reads { get; init; }

    public required IReadOnlyList<DigestRead> Digests { get; init; }

    /// <summary>Empty: nobody asked.</summary>
    public IReadOnlyList<AccountsRead> Accounts { get; init; } = [];

    /// <summary>Reads and joins the files of all clients.</summary>
    /// <exception cref="InvalidDataException">A line is no part of a history; says which.</exception>
    public static History Load(IEnumerable<string> files)
    {
        var events = new List<HistoryEvent>();
        var reads = new List<FinalRead>();
        var digests = new List<DigestRead>();
        var accounts = new List<AccountsRead>();
        foreach (var file in files)
        {
            var number = 0;
            foreach (var text in File.ReadLines(file))
            {
                number++;
                var line = Parse(text, $"{file}:{number}");
                Add(events, line.Event);
                Add(reads, line.Read);
                Add(digests, line.Digest);
                Add(accounts, line.Accounts);
            }
        }

        return new() { Events = events, Reads = reads, Digests = digests, Accounts = accounts };
    }

    public void Save(string file)
    {
        var lines = Events.Select(one => new HistoryLine { Event = one })
            .Concat(Reads.Select(one => new HistoryLine { Read = one }))
            .Concat(Digests.Select(one => new HistoryLine { Digest = one }))
            .Concat(Accounts.Select(one => new HistoryLine { Accounts = one }));
        File.WriteAllLines(file, lines.Select(line => JsonSerializer.Serialize(line, HistoryJson.Default.HistoryLine)));
    }

    private static HistoryLine Parse(string text, string place)
    {
        try
        {
            return JsonSerializer.Deserialize(text, HistoryJson.Default.HistoryLine) ?? new();
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"{place}: a line of a history expected: {failure.Message}", failure);
        }
    }

    private static void Add<T>(List<T> list, T? item)
        where T : class
    {
        if (item is not null)
        {
            list.Add(item);
        }
    }
}

/// <summary>One line of a history's file: exactly one field is set.</summary>
internal sealed record HistoryLine
{
    public HistoryEvent? Event { get; init; }

    public FinalRead? Read { get; init; }

    public DigestRead? Digest { get; init; }

    public AccountsRead? Accounts { get; init; }
}

/// <summary>How histories are written: snake_case, nothing that is not set, unknown fields refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(HistoryLine))]
internal sealed partial class HistoryJson : JsonSerializerContext;
