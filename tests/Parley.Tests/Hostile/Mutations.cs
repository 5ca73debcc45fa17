using System.Diagnostics;
using System.Globalization;
using Parley.Fuzz;
using Parley.Tests.Cluster;

namespace Parley.Tests.Hostile;

/// <summary>
/// Bytes like those that a decoder expects, and not: bits flipped, pieces cut out, doubled, moved, lengthened, numbers
/// made extreme, two samples joined, what such inputs are made of put anywhere. A run prints its seed; PARLEY_FUZZ_SEED
/// takes it back, PARLEY_FUZZ_ROUNDS makes it longer.
/// </summary>
internal static class Mutations
{
    private const int RoundsDefault = 200;
    private const int StepsMax = 6;

    /// <summary>What one input may make a decoder allocate, beside so many times its own size.</summary>
    private const long AllocatedMax = 4 << 20;

    private const int AllocatedTimes = 64;

    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(30);
    private static readonly byte[] Extremes = [0, 1, 0x7F, 0x80, 0xFE, 0xFF];

    /// <summary>Decodes samples as they are, then mutated ones; nothing may come out that is not documented, soon, and
    /// not at any price.</summary>
    public static void Attack(FuzzTarget target, IReadOnlyList<byte[]> samples)
    {
        foreach (var (number, sample) in samples.Index())
        {
            Check(target, sample, $"sample {number}");
        }

        var seed = Number("PARLEY_FUZZ_SEED") ?? Environment.TickCount;
        var random = new Random(seed);
        var rounds = (Number("PARLEY_FUZZ_ROUNDS") ?? RoundsDefault) / target.Cost;
        TestCluster.Print($"seed {seed}, {samples.Count} samples, {rounds} rounds");
        for (var round = 0; round < rounds; round++)
        {
            Check(target, Mutate(samples, target.Tokens, random), $"seed {seed}, round {round}");
        }
    }

    private static void Check(FuzzTarget target, byte[] input, string which)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var began = Stopwatch.GetTimestamp();
        try
        {
            target.Check([.. input]);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{which}: {Show(input)}", exception);
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var took = Stopwatch.GetElapsedTime(began);
        Assert.True(
            bytes <= AllocatedMax + ((long)AllocatedTimes * input.Length),
            $"{which}: {bytes} bytes allocated for {Show(input)}");
        Assert.True(took < TimeMax, $"{which}: {took} for {Show(input)}");
    }

    private static byte[] Mutate(IReadOnlyList<byte[]> samples, IReadOnlyList<byte[]> tokens, Random random)
    {
        var bytes = samples[random.Next(samples.Count)].ToList();
        for (var steps = random.Next(StepsMax + 1); steps > 0; steps--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(11))
            {
                case 0 or 1 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2 when at < bytes.Count:
                    bytes[at] = Extremes[random.Next(Extremes.Length)];
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)));
                    break;
                case 5:
                    bytes.InsertRange(at, Enumerable.Repeat(Extremes[random.Next(Extremes.Length)], random.Next(1, 9)));
                    break;
                case 6:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 7:
                    bytes.AddRange(samples[random.Next(samples.Count)].Skip(at));
                    break;
                case 8:
                    bytes.InsertRange(at, Noise(random));
                    break;
                default:
                    Place(bytes, at, tokens.Count > 0 ? tokens[random.Next(tokens.Count)] : Noise(random), random);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Between what is there, or over it.</summary>
    private static void Place(List<byte> bytes, int at, byte[] token, Random random)
    {
        if (random.Next(2) == 0)
        {
            bytes.RemoveRange(at, Math.Min(token.Length, bytes.Count - at));
        }

        bytes.InsertRange(at, token);
    }

    private static byte[] Noise(Random random)
    {
        var noise = new byte[random.Next(1, 40)];
        random.NextBytes(noise);
        return noise;
    }

    private static string Show(byte[] input) =>
        Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 3_000)));

    private static int? Number(string variable) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(variable),
            CultureInfo.InvariantCulture,
            out var number) ? number : null;
}
