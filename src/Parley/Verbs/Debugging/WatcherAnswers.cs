using System.Globalization;
using Parley.CommandLine;

namespace Parley.Verbs.Debugging;

/// <summary>What a node says on its listener for watchers, which is on this machine.</summary>
internal static class WatcherAnswers
{
    private const int BytesMax = 16 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The address as it was given; HOST:PORT does as well.</summary>
    /// <exception cref="VerbFailedException">It is none of this machine.</exception>
    public static Uri Parse(string address)
    {
        var text = address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}";
        return Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && uri is { IsLoopback: true, UserInfo.Length: 0 }
            && uri.Scheme == Uri.UriSchemeHttp
                ? uri
                : throw new VerbFailedException(
                    ExitCodes.Usage, "--admin: http://127.0.0.1:PORT expected, as the node has --admin-listen");
    }

    /// <summary>The answer to one question, its status in front.</summary>
    public static async Task<IEnumerable<string>> AskAsync(Uri listener, string path, CancellationToken stop)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = BytesMax };
        try
        {
            using var answer = await http.GetAsync(new Uri(listener, path), stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            return
            [
                string.Create(CultureInfo.InvariantCulture, $"# {path}: {(int)answer.StatusCode}"),
                .. text.TrimEnd().Split('\n'),
            ];
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new VerbFailedException(
                ExitCodes.Refused, FormattableString.Invariant($"{listener}: no answer in {Patience.TotalSeconds} s"));
        }
        catch (HttpRequestException failure)
        {
            throw new VerbFailedException(ExitCodes.Refused, $"{listener}: {failure.Message}");
        }
    }
}
