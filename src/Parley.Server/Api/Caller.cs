using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Parley.Core;

namespace Parley.Server.Api;

/// <summary>Who calls, as the gate found out; a feature of the request.</summary>
/// <param name="Session">Its live session.</param>
/// <param name="SeenIndex">The highest log index its client has seen, or null.</param>
internal sealed record Caller(SessionFacts Session, long? SeenIndex)
{
    /// <summary>Null: the call needs no session.</summary>
    public static Caller? Find(ServerCallContext call) => call.GetHttpContext().Features.Get<Caller>();

    public static Caller Of(ServerCallContext call) => call.GetHttpContext().Features.GetRequiredFeature<Caller>();
}
