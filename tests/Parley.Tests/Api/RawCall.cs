using Grpc.Core;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>Any call by its path, with any bytes as the request; and a stream of one message.</summary>
internal static class RawCall
{
    public static async Task SendAsync(CallInvoker invoker, string path, byte[] request, Metadata? metadata)
    {
        var parts = path.Split('/');
        var bytes = Marshallers.Create(static value => value, static value => value);
        var method = new Method<byte[], byte[]>(MethodType.DuplexStreaming, parts[1], parts[2], bytes, bytes);
        using var call = invoker.AsyncDuplexStreamingCall(
            method, host: null, new CallOptions(metadata, DateTime.UtcNow.AddSeconds(30)));
        try
        {
            await call.RequestStream.WriteAsync(request);
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The node may refuse while this still writes: what it answered is read below.
        }

        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            continue;
        }
    }

    /// <summary>Sends one message in a stream; returns what its answer says went wrong, null when it was stored.
    /// </summary>
    public static async Task<SendError?> FindSendErrorAsync(
        MessageService.MessageServiceClient messages, SendMessagesRequest request, CallOptions options)
    {
        using var stream = messages.SendMessages(options);
        try
        {
            await stream.RequestStream.WriteAsync(request);
            await stream.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // As above.
        }

        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None), "the stream ended without an answer");
        var answer = stream.ResponseStream.Current;
        Assert.Equal(request.Message?.MessageId ?? Google.Protobuf.ByteString.Empty, answer.MessageId);
        Assert.NotEqual(answer.Stored is null, answer.Error is null);
        Assert.False(await stream.ResponseStream.MoveNext(CancellationToken.None), "one answer expected, more found");
        return answer.Error;
    }
}
