using System.Globalization;
using System.Security.Cryptography;
using Parley.Client;

namespace Parley.Verbs.Bench;

/// <summary>Accounts made for one run, and their sessions, spread over the nodes.</summary>
internal sealed class BenchPeople(ParleyClient client)
{
    /// <summary>Of all of them.</summary>
    public const string Password = "bench-password";

    /// <summary>Long enough that nothing is spent on keeping a thousand sessions alive.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromHours(1);

    private const int ParallelMax = 8;
    private readonly string run = RandomNumberGenerator.GetHexString(6, lowercase: true);

    /// <summary>Creates accounts that nobody is logged in as.</summary>
    public async Task<string[]> CreateAsync(string kind, int count, CancellationToken cancellationToken)
    {
        var names = Enumerable.Range(0, count)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"bench-{run}-{kind}-{number}"))
            .ToArray();
        await Parallel.ForEachAsync(
            names,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelMax, CancellationToken = cancellationToken },
            async (name, token) => await client.CreateAccountAsync(name, Password, token));
        return names;
    }

    /// <summary>Creates accounts and logs in as each, the first with the first node and so on.</summary>
    public async Task<ParleySession[]> LoginAsync(string kind, int count, CancellationToken cancellationToken)
    {
        var names = await CreateAsync(kind, count, cancellationToken);
        var sessions = new ParleySession[count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelMax, CancellationToken = cancellationToken },
            async (number, token) => sessions[number] = await client.LoginAsync(
                names[number], Password, new() { Lease = Lease, StartNode = number }, token));
        return sessions;
    }
}
