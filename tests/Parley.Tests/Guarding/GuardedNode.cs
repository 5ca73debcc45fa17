using Grpc.Core;
using Grpc.Net.Client;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;

namespace Parley.Tests.Guarding;

/// <summary>All tests of limits run against one node, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class GuardedNodeCollection : ICollectionFixture<GuardedNode>
{
    public const string Name = "guarded node";
}

/// <summary>A node whose limits are lowered, exceeded and put back.</summary>
public sealed class GuardedNode : NodeFixture
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task AssertTooManyAsync(Func<Task> call, string reason = "TOO_MANY_CALLS", int secondsMax = 10)
    {
        // A connection too many is closed soon after: on a slow machine the call may find it gone, and is made again.
        RpcException? refused = null;
        await UntilAsync(async () =>
        {
            refused = await Assert.ThrowsAsync<RpcException>(call);
            return refused.StatusCode != StatusCode.Unavailable;
        });
        Assert.NotNull(refused);
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        var status = refused.GetRpcStatus();
        Assert.Equal(reason, status?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason);
        Assert.InRange(
            status?.GetDetail<Google.Rpc.RetryInfo>()?.RetryDelay.ToTimeSpan() ?? TimeSpan.Zero,
            TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(secondsMax));
    }

    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan? patience = null)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        deadline.CancelAfter(patience ?? Patience);
        while (!await condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>Changes settings until disposed.</summary>
    public async Task<IAsyncDisposable> ChangeAsync(params (string Name, string Value, string Before)[] settings)
    {
        await SetAsync([.. settings.Select(each => (each.Name, each.Value))]);
        return new ChangedSettings(this, [.. settings.Select(each => (each.Name, each.Before))]);
    }

    /// <summary>A channel from this address of the machine.</summary>
    public GrpcChannel ChannelFrom(string source) => ChannelFrom(source, Address);

    public Task ListAsync(TestUser user, GrpcChannel? channel = null) =>
        new AccountService.AccountServiceClient(channel ?? Channel)
            .ListAccountsAsync(new() { PageSize = 1 }, user.Metadata).ResponseAsync;

    /// <summary>A stream of sends that the node has taken: one send of it is answered.</summary>
    public async Task<AsyncDuplexStreamingCall<SendMessagesRequest, SendMessagesResponse>> OpenStreamAsync(
        TestUser user, ulong counter, GrpcChannel? channel = null)
    {
        var stream = new MessageService.MessageServiceClient(channel ?? Channel).SendMessages(user.Metadata);
        await stream.RequestStream.WriteAsync(new() { Message = user.Message(counter, user, "hello") }, Stop);
        Assert.True(await stream.ResponseStream.MoveNext(Stop).WaitAsync(Patience, Stop));
        return stream;
    }

    private sealed class ChangedSettings(NodeFixture node, (string Name, string Value)[] before) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await node.SetAsync(before);
    }
}
