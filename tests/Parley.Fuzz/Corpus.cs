namespace Parley.Fuzz;

/// <summary>Inputs that once led a run to code that no other had reached, or found something: one a line, base64, in
/// <c>Corpus/TARGET.txt</c>.</summary>
internal static class Corpus
{
    /// <summary>Empty when there is none yet.</summary>
    public static IReadOnlyList<byte[]> Read(string target)
    {
        using var file = typeof(Corpus).Assembly.GetManifestResourceStream($"Parley.Fuzz.Corpus.{target}.txt");
        if (file is null)
        {
            return [];
        }

        using var reader = new StreamReader(file);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(Convert.FromBase64String)];
    }
}
