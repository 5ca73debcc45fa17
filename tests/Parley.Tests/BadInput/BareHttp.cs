using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;

namespace Parley.Tests.BadInput;

/// <summary>HTTP/2 requests that no gRPC client would make.</summary>
internal static class BareHttp
{
    private const string GrpcType = "application/grpc";
    private const int FrameHeaderBytes = 5;

    /// <summary>One gRPC frame: a flag, a length that may be a lie, and what follows.</summary>
    public static byte[] Frame(byte flag, uint length, params ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameHeaderBytes + payload.Length];
        frame[0] = flag;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length);
        payload.CopyTo(frame.AsSpan(FrameHeaderBytes));
        return frame;
    }

    /// <summary>Zeros in gzip, a thousandth of their size.</summary>
    public static byte[] Bomb(int megabytes)
    {
        using var bomb = new MemoryStream();
        using (var zip = new GZipStream(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var megabyte = 0; megabyte < megabytes; megabyte++)
            {
                zip.Write(new byte[1 << 20]);
            }
        }

        return Frame(1, (uint)bomb.Length, bomb.ToArray());
    }

    /// <summary>Posts a body; a header of the same name as one of gRPC's takes its place.</summary>
    /// <param name="http">Sends.</param>
    /// <param name="origin">https://HOST:PORT, or http.</param>
    /// <param name="path">Of the call.</param>
    /// <param name="body">All of it.</param>
    /// <param name="headers">Further ones.</param>
    /// <param name="method">Of HTTP.</param>
    public static Task PostAsync(
        HttpMessageInvoker http,
        string origin,
        string path,
        byte[] body,
        IReadOnlyList<(string Name, string Value)> headers,
        string method = "POST") =>
        SendAsync(http, origin, path, method == "POST" ? new ByteArrayContent(body) : null, headers, method);

    /// <summary>Begins a body with these bytes, and does not end it.</summary>
    public static Task PostHalfAsync(HttpMessageInvoker http, string origin, string path, byte[] body) =>
        SendAsync(http, origin, path, new HalfContent(body), headers: [], "POST");

    private static async Task SendAsync(
        HttpMessageInvoker http,
        string origin,
        string path,
        HttpContent? content,
        IReadOnlyList<(string Name, string Value)> headers,
        string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{origin}{path}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (content is not null)
        {
            request.Content = content;
            content.Headers.ContentType = new MediaTypeHeaderValue(
                headers.FirstOrDefault(header => header.Name == "content-type").Value ?? GrpcType);
        }

        request.Headers.TE.Add(new("trailers"));
        foreach (var (name, value) in headers.Where(header => header.Name != "content-type"))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            Read(response);
        }
        catch (HttpRequestException exception)
        {
            // The name of the cause alone: its text is the client's, not the server's.
            throw new BareAnswerException($"HTTP failed: {exception.HttpRequestError}");
        }
    }

    private static void Read(HttpResponseMessage response)
    {
        var status = Find(response, "grpc-status");
        if (status is null)
        {
            throw new BareAnswerException($"HTTP {(int)response.StatusCode}");
        }

        var code = (StatusCode)int.Parse(status, CultureInfo.InvariantCulture);
        if (code == StatusCode.OK)
        {
            return;
        }

        var details = Find(response, "grpc-status-details-bin") is { } encoded
            ? Google.Rpc.Status.Parser.ParseFrom(ByteString.FromBase64(Pad(encoded)))
            : null;
        throw new BareAnswerException(Answer.Of(
            code,
            details?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason,
            Uri.UnescapeDataString(Find(response, "grpc-message") ?? "")));
    }

    private static string? Find(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var trailers) ? string.Join(',', trailers)
        : response.Headers.TryGetValues(name, out var values) ? string.Join(',', values)
        : null;

    private static string Pad(string base64) => base64.PadRight((base64.Length + 3) / 4 * 4, '=');

    /// <summary>Some bytes, and no more for as long as the request lives.</summary>
    private sealed class HalfContent(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, TestContext.Current.CancellationToken);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(bytes, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
