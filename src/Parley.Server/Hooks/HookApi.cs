using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Log.V1;
using Parley.Server.Api;
using Parley.Server.Consensus;
using Parley.Server.Guarding;
using Parley.Server.Hosting;

namespace Parley.Server.Hooks;

/// <summary>
/// <c>POST /hooks/TOKEN</c>: makes a message of what a program says by HTTP, once for its Idempotency-Key. The token
/// comes first, so that who has none learns nothing but that; it stands in the address, which therefore gets into no
/// log, exception or answer.
/// </summary>
internal sealed class HookApi(
    Proposer proposer, StateAccess state, ReadIndexer readIndexer, NodeView view, CallLimits limits, SendRates rates,
    ILogger<HookApi> logger)
{
    /// <summary>Where hooks are, and nothing else.</summary>
    public const string Place = "/hooks";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.ServiceProvider.GetRequiredService<HookApi>();
        endpoints.Map($"{Place}/{{token}}", api.AnswerAsync);
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            HookBody.Limit(http);
            using var place = limits.Enter(http);
            await HookAnswer.StoredAsync(http, await TakeAsync(http, place));
        }
        catch (HookRefusedException refused)
        {
            await HookAnswer.RefusedAsync(http, refused.Status, refused.Name, refused.Message);
        }
        catch (RefusedException refused)
        {
            await HookAnswer.RefusedAsync(http, refused.Reason, refused.Message, refused.RetryAfter);
        }
        catch (NotDoneException notDone)
        {
            await HookAnswer.RefusedAsync(http, Reasons.Of(notDone.Reason), notDone.Message, TimeSpan.Zero);
        }
        catch (BadHttpRequestException invalid)
        {
            var fault = invalid.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? "at most 64 KiB are expected"
                : "a whole body in the form of HTTP is expected";
            await HookAnswer.RefusedAsync(http, invalid.StatusCode, "BODY_INVALID", fault);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            await HookAnswer.RefusedAsync(http, Reasons.OutcomeUnknown, sentence: null, TimeSpan.Zero);
        }
        catch (Exception failure) when (!http.RequestAborted.IsCancellationRequested)
        {
            if (failure is InvariantBrokenException)
            {
                ProcessEnd.Fail(Place, failure);
            }

            Log.CallFailed(logger, Place, failure);
            await HookAnswer.RefusedAsync(http, Reasons.Internal, sentence: null, TimeSpan.Zero);
        }
        catch (Exception)
        {
            // Whoever posted has gone: nobody reads this.
        }
    }

    private async Task<Outcome.MessageStored> TakeAsync(HttpContext http, CallPlace place)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        patience.CancelAfter(HookLimits.OutcomeWait + GuardLimits.ArrivalMax);
        var hook = await GetHookAsync(http, place, patience.Token);
        // All hooks of an account count together, and beside it: so many of them may no more than one, and whoever has
        // no more than their tokens takes nothing of its owner's share.
        var payer = -hook.Account;
        http.Features.Get<GuardedConnection>()?.Prove(payer);
        limits.TakeOfAccount(place, payer);
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            throw new HookRefusedException(StatusCodes.Status405MethodNotAllowed, "NOT_POST", "POST is expected");
        }

        var key = IdempotencyKey.Find(http.Request.Headers[IdempotencyKey.Header]) ?? throw new HookRefusedException(
            StatusCodes.Status400BadRequest, "KEY_NEEDED",
            $"{IdempotencyKey.Header}: 1 to 255 printable characters are expected, the same in each repeat");
        var text = await HookBody.ReadAsync(http, patience.Token);
        if (SendIntake.CheckText(text) is { } fault)
        {
            throw new RefusedException(fault);
        }

        var wait = rates.Take(payer, state.Directory.Settings);
        if (wait > TimeSpan.Zero)
        {
            throw new RefusedException(Reasons.RateLimited, retryAfter: wait);
        }

        patience.CancelAfter(HookLimits.OutcomeWait);
        var command = new PostToHook
        {
            Hook = hook.Number,
            KeyHash = IdempotencyKey.HashOf(key),
            Text = text,
            ContentHash = ContentHash.Of("", text, ByteString.Empty),
        };
        var applied = await proposer.ProposeOrRefuseAsync(
            new LoggedCommand { PostToHook = command }, patience.Token);
        return applied.Expect<Outcome.MessageStored>();
    }

    /// <summary>The hook of the address; another node may have made it, and this one not applied that yet. Who has none
    /// counts as a stranger.</summary>
    private async Task<DeviceTokenFacts> GetHookAsync(
        HttpContext http, CallPlace place, CancellationToken cancellationToken)
    {
        var hash = HookToken.FindHash(http.Request.RouteValues["token"] as string);
        if (hash is not null && Find(hash) is { } known)
        {
            return known;
        }

        limits.TakeOfAddress(place, http);
        if (!view.Current.IsFormed)
        {
            throw new RefusedException(Reasons.NotServing);
        }

        if (hash is null)
        {
            throw new RefusedException(Reasons.HookUnknown);
        }

        await readIndexer.WaitAsync(cancellationToken);
        return Find(hash) ?? throw new RefusedException(Reasons.HookUnknown);
    }

    private DeviceTokenFacts? Find(byte[] hash) =>
        state.Directory.Credentials.FindToken(hash) is { Hook: not null } hook ? hook : null;
}
