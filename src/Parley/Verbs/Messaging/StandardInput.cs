using System.Runtime.CompilerServices;
using System.Text;
using Parley.CommandLine;

namespace Parley.Verbs.Messaging;

/// <summary>Text from standard input: UTF-8, whatever the locale says.</summary>
internal static class StandardInput
{
    /// <summary>What a text may have, and one byte more, so that a longer one is refused as too long.</summary>
    private const int KeptBytesMax = 16_385;

    private const int ReadBytes = 64 * 1024;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>All of it as one text, without the last line's end.</summary>
    public static async Task<string> ReadAllAsync(CancellationToken cancellationToken)
    {
        await using var input = Console.OpenStandardInput();
        using var all = new MemoryStream();
        await input.CopyToAsync(all, cancellationToken).WaitAsync(cancellationToken);
        var bytes = all.GetBuffer().AsMemory(0, (int)all.Length);
        var end = bytes.Length > 0 && bytes.Span[^1] == (byte)'\n' ? 1 : 0;
        return Decode(bytes[..^end].Span) ??
            throw new VerbFailedException(ExitCodes.Refused, "standard input is not UTF-8");
    }

    /// <summary>
    /// Each line, without its \n; a last one without \n counts when it is not empty. Null stands for a line that is not
    /// UTF-8. Of a line that is too long for a message only the beginning is kept.
    /// </summary>
    public static async IAsyncEnumerable<string?> ReadLinesAsync(
        Stream input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        var buffer = new byte[ReadBytes];
        var cut = false;
        while (await ReadAsync(input, buffer, cancellationToken) is var count and > 0)
        {
            var rest = buffer.AsMemory(0, count);
            while (rest.Span.IndexOf((byte)'\n') is var end and >= 0)
            {
                cut |= Keep(line, rest[..end].Span);
                yield return Take(line, cut);
                cut = false;
                rest = rest[(end + 1)..];
            }

            cut |= Keep(line, rest.Span);
        }

        if (line.Length > 0)
        {
            yield return Take(line, cut);
        }
    }

    /// <summary>A read of a pipe or terminal cannot be cancelled: whoever is told to stop leaves it behind.</summary>
    private static Task<int> ReadAsync(Stream input, byte[] buffer, CancellationToken cancellationToken) =>
        input.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken);

    /// <summary>True when it had to cut.</summary>
    private static bool Keep(MemoryStream line, ReadOnlySpan<byte> bytes)
    {
        var room = KeptBytesMax - (int)line.Length;
        line.Write(bytes.Length > room ? bytes[..room] : bytes);
        return bytes.Length > room;
    }

    private static string? Take(MemoryStream line, bool cut)
    {
        var bytes = line.GetBuffer().AsSpan(0, (int)line.Length);
        // The cut may have gone through a character: the line is refused for its length anyhow.
        var text = cut ? Encoding.UTF8.GetString(bytes) : Decode(bytes);
        line.SetLength(0);
        return text;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
