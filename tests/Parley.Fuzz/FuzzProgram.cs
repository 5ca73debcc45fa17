using SharpFuzz;

namespace Parley.Fuzz;

/// <summary>
/// What <c>.ci/fuzz</c> calls: <c>list</c>; <c>seeds TARGET DIR</c> and <c>dictionary TARGET FILE</c> for afl-fuzz to
/// begin with; <c>run TARGET</c> as the program that it watches; <c>replay TARGET FILE…</c> with what went wrong;
/// <c>keep TARGET DIR FILE</c> for what is worth keeping of the inputs in a folder.
/// </summary>
internal static class FuzzProgram
{
    private const int Usage = 2;
    private const int KeptBytesMax = 1_000;

    public static int Run(string[] arguments, TextWriter output)
    {
        EdgeMap.Use();
        switch (arguments)
        {
            case ["list"]:
                output.WriteLine(string.Join('\n', FuzzTargets.Names));
                return 0;
            case ["seeds", var name, var folder]:
                WriteSeeds(name, folder);
                return 0;
            case ["dictionary", var name, var file]:
                WriteDictionary(name, file);
                return 0;
            case ["run", var name]:
                Watch(name);
                return 0;
            case ["replay", var name, .. var files]:
                return Replay(name, files, output);
            case ["keep", var name, var folder, var file]:
                return Keep(name, folder, file, output);
            default:
                output.WriteLine(
                    "list | seeds TARGET DIR | dictionary TARGET FILE | run TARGET | replay TARGET FILE… "
                    + "| keep TARGET DIR FILE");
                return Usage;
        }
    }

    private static void WriteSeeds(string name, string folder)
    {
        using var target = FuzzTargets.Get(name);
        Directory.CreateDirectory(folder);
        foreach (var (number, seed) in target.Seeds.Concat(Corpus.Read(name)).Index())
        {
            File.WriteAllBytes(Path.Combine(folder, $"seed-{number:D4}"), seed);
        }
    }

    /// <summary>In the form that afl-fuzz reads: names, and quoted bytes.</summary>
    private static void WriteDictionary(string name, string file)
    {
        using var target = FuzzTargets.Get(name);
        File.WriteAllLines(file, target.Tokens.Select(
            token => $"\"{string.Concat(token.Select(value => $"\\x{value:x2}"))}\""));
    }

    /// <summary>One process for many inputs, and one that starts it again when an input was its end or took too long;
    /// what is thrown is a crash to afl-fuzz.</summary>
    private static void Watch(string name)
    {
        using var target = FuzzTargets.Get(name);
        foreach (var seed in target.Seeds)
        {
            target.Check([.. seed]); // Compiled before anything is timed.
        }

        using var content = new MemoryStream();
        Fuzzer.OutOfProcess.Run(input =>
        {
            content.SetLength(0);
            input.CopyTo(content);
            target.Check(content.ToArray());
        });
    }

    /// <summary>What was kept before, and the shortest inputs that together take all branches that neither that nor the
    /// target's own samples take.</summary>
    private static int Keep(string name, string folder, string file, TextWriter output)
    {
        using var target = FuzzTargets.Get(name);
        var known = new HashSet<int>();
        var before = Corpus.Read(name);
        foreach (var sample in target.Seeds.Concat(before))
        {
            EdgeMap.TakesNew(() => target.Check([.. sample]), known);
        }

        var inputs = Directory.EnumerateFiles(folder).Select(File.ReadAllBytes)
            .Where(input => input.Length is > 0 and <= KeptBytesMax)
            .OrderBy(input => input.Length)
            .ThenBy(Convert.ToBase64String, StringComparer.Ordinal);
        var kept = inputs.Where(input => EdgeMap.TakesNew(() => target.Check([.. input]), known)).ToList();
        File.WriteAllLines(file, before.Concat(kept).Select(Convert.ToBase64String));
        output.WriteLine($"{name}: {before.Count} inputs kept before, {kept.Count} more, {known.Count} branches");
        return 0;
    }

    private static int Replay(string name, string[] files, TextWriter output)
    {
        using var target = FuzzTargets.Get(name);
        var failures = 0;
        foreach (var file in files)
        {
            var input = File.ReadAllBytes(file);
            try
            {
                target.Check(input);
            }
            catch (Exception failure)
            {
                failures++;
                output.WriteLine($"{file}: {Convert.ToBase64String(input)}\n{failure}\n");
            }
        }

        output.WriteLine($"{name}: {files.Length} inputs, {failures} failures");
        return failures == 0 ? 0 : 1;
    }
}
