using Grpc.Core;

namespace Parley.Tests.Api;

/// <summary>Any call by its path, with any bytes as the request.</summary>
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
}
